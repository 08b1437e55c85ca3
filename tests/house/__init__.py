"""The shape of the house, measured."""
