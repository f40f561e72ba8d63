"""Where Chicago's police stations are: a reference table for the arrests."""

from dropcast.recipe import ReferenceTable, number, text

TABLE = ReferenceTable(
    dataset="police_stations",
    title="Chicago police stations",
    summary="The district stations and the headquarters, with their coordinates.",
    columns=(
        text("district", description="Its number, or Headquarters"),
        text("district_name", description="Its name"),
        number("latitude", unit="degrees north", minimum=-90, maximum=90),
        number("longitude", unit="degrees east", minimum=-180, maximum=180),
    ),
)
