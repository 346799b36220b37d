"""The documents of the interface, made from the models that check requests and shape answers."""
