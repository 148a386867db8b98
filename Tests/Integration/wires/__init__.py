"""Channels over every wire: clients that record what they get, and what must hold for all of them."""
