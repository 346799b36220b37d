"""Tests in a browser. A package, so that fixtures can be shared by its files and end with the last one."""
