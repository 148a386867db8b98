"""Channels over every wire: clients that record what they get, and what must hold."""
