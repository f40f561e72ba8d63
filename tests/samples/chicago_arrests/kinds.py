"""What the made-up crimes are: the portal's own words for kinds and places, with made-up odds."""

# Kind, detail, IUCR, FBI code -> how common it is, and its odds of an arrest.
KINDS: dict[tuple[str, str, str, str], tuple[float, float]] = {
    ("THEFT", "$500 AND UNDER", "0820", "06"): (9, 0.04),
    ("THEFT", "OVER $500", "0810", "06"): (8, 0.03),
    ("THEFT", "FROM BUILDING", "0890", "06"): (5, 0.02),
    ("THEFT", "RETAIL THEFT", "0860", "06"): (5, 0.55),
    ("BATTERY", "DOMESTIC BATTERY SIMPLE", "0486", "08B"): (10, 0.24),
    ("BATTERY", "SIMPLE", "0460", "08B"): (8, 0.15),
    ("CRIMINAL DAMAGE", "TO VEHICLE", "1320", "14"): (6, 0.03),
    ("CRIMINAL DAMAGE", "TO PROPERTY", "1310", "14"): (6, 0.06),
    ("ASSAULT", "SIMPLE", "0560", "08A"): (7, 0.12),
    ("ASSAULT", "AGGRAVATED: HANDGUN", "051A", "04A"): (2, 0.25),
    ("DECEPTIVE PRACTICE", "CREDIT CARD FRAUD", "1150", "11"): (4, 0.01),
    ("OTHER OFFENSE", "TELEPHONE THREAT", "2820", "26"): (3, 0.02),
    ("OTHER OFFENSE", "VIOLATE ORDER OF PROTECTION", "4387", "26"): (2, 0.45),
    ("BURGLARY", "FORCIBLE ENTRY", "0610", "05"): (5, 0.05),
    ("MOTOR VEHICLE THEFT", "AUTOMOBILE", "0910", "07"): (5, 0.05),
    ("ROBBERY", "ARMED: HANDGUN", "031A", "03"): (4, 0.06),
    ("CRIMINAL TRESPASS", "TO LAND", "1330", "26"): (3, 0.72),
    ("NARCOTICS", "POSS: CANNABIS 30GMS OR LESS", "1811", "18"): (5, 0.99),
    ("WEAPONS VIOLATION", "UNLAWFUL POSS OF HANDGUN", "143A", "15"): (2, 0.88),
    ("PUBLIC PEACE VIOLATION", "RECKLESS CONDUCT", "2890", "24"): (1, 0.65),
}
# Kind of place -> how common it is, and by how much it moves the log odds.
PLACES = {
    "STREET": (22, 0.0),
    "RESIDENCE": (17, -0.3),
    "APARTMENT": (13, -0.2),
    "SIDEWALK": (8, 0.4),
    "PARKING LOT/GARAGE(NON.RESID.)": (3, 0.0),
    "SMALL RETAIL STORE": (3, 0.6),
    "DEPARTMENT STORE": (2, 0.9),
    "ALLEY": (2, 0.2),
    "GAS STATION": (2, 0.3),
    "RESIDENCE-GARAGE": (2, -0.6),
}
STREETS = (
    "N AGATE AVE",
    "N BASALT ST",
    "W CHALK ST",
    "W DOLOMITE PL",
    "S FELDSPAR AVE",
    "S GNEISS DR",
    "E MARBLE ST",
    "W QUARTZ BLVD",
    "S SCHIST RD",
    "E TUFF CT",
)
