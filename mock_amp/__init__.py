"""mock-amp: an account of the Advanced Messaging Platform in a box."""

__version__ = "0.1.0"
