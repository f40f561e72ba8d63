"""The recipe of the food prices, for tests of reading."""

from dropcast.recipes.sipsa_prices import RECIPE as PRICES

__all__ = ["PRICES"]
