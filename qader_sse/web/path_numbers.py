"""The numbers in paths, as in `/challenges/12/`."""

from werkzeug.routing import IntegerConverter


class AsciiInteger(IntegerConverter):
    """A whole number in the digits 0 to 9; with the digits of another script, no path matches.

    Werkzeug's own converter takes `٣` for 3, so that one challenge would have many addresses.
    """

    regex = "[0-9]+"
