"""`make chaos`: play duels while the servers and the network fail, and count the consequences.

Players use the public interface only, faults are made on real servers (`cluster`), and what each
viewer received is compared with the database. The service does not import this package.
"""
