"""`make chaos`: duels are played while everything breaks, and what came of it is counted.

Players are clients of the public interface, faults are done to real servers (`cluster`), and the
truth is what the database holds afterwards. Nothing of the service imports this package.
"""
