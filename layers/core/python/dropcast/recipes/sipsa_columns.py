"""Wholesale food prices (SIPSA): the one long table into which every file of them is read.

The weekly annexes cover Saturday to Friday and are dated by their Friday. Those of 2014 and 2016
have no date in any cell: their date is the day on which the document was made, a Friday too. The
daily table and the bulletin are of one day; the service's rows are daily means of a city.

A name that changed is written in its newest form. A city alone means a market only where the
weekly annexes know one market for produce there: Barranquilla and Valledupar have two, and
Ipiales has two since 2016, so their city means stay series of their own. A product that is a
mean over varieties (Tomate, Banano) is no variety's series.
"""

from dropcast.recipe import (
    Column,
    Filled,
    Period,
    SheetCross,
    SheetTable,
    Source,
    Synonyms,
    Wide,
    integer,
    number,
    text,
    timestamp,
)

_PRICES = ("price_minimum", "price_maximum", "price")
# A higher price is that of a tonne or of a sack: no food on sale costs so much a kilogram.
_HIGHEST_PRICE = 1_000_000
# Prices of mills are per tonne, and no sheet says so.
_MILLS = ("Arroz y subproductos en molino",)
_WEEK = Filled(column="frequency", text="week")
_DAY = Filled(column="frequency", text="day")
_WEEK_IN_WORDS = Period(column="reported_on", marks=("Boletín semanal",))
_TIMES = (
    "%d/%m/%Y",
    "%Y-%m-%d",
    "%d de %B de %Y",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)

COLUMNS: tuple[Column, ...] = (
    text("product", aliases=("producto",), description="What is sold"),
    text(
        "market",
        aliases=("mercado", "Mercado mayorista", "Productos y mercados", "ciudad"),
        description="Where it is sold: a city and its market",
    ),
    timestamp(
        "reported_on",
        formats=_TIMES,
        timezone="America/Bogota",
        aliases=("fecha", "fechaCaptura"),
        description="The day of the price, or the last day of its week, at local midnight",
    ),
    text(
        "frequency",
        categories=("day", "week"),
        required=False,
        nullable=True,
        description="What the price is a mean over, where the source says it",
    ),
    number(
        "price",
        aliases=("Precio medio", "precioPromedio"),
        unit="COP/kg",
        minimum=1,
        maximum=_HIGHEST_PRICE,
        description="Mean price; an egg's is of one egg, oil's, juice's and vinegar's of a litre",
    ),
    number(
        "price_minimum",
        aliases=("Precio mínimo",),
        unit="COP/kg",
        required=False,
        nullable=True,
        minimum=1,
        maximum=_HIGHEST_PRICE,
        description="Lowest price seen",
    ),
    number(
        "price_maximum",
        aliases=("Precio máximo",),
        unit="COP/kg",
        required=False,
        nullable=True,
        minimum=1,
        maximum=_HIGHEST_PRICE,
        description="Highest price seen",
    ),
    number(
        "variation",
        aliases=("Variación", "Var. %"),
        required=False,
        nullable=True,
        description="Change since the day before, as the bulletin has it",
    ),
    text(
        "trend",
        aliases=("Tendencia",),
        categories=("---", "--", "-", "=", "+", "++", "+++"),
        required=False,
        nullable=True,
        description="Change since the week before: one character more from 10 % and from 20 % on",
    ),
    integer(
        "product_code",
        aliases=("codProducto",),
        required=False,
        nullable=True,
        description="The service's number of the product",
    ),
    timestamp(
        "created_on",
        formats=_TIMES,
        timezone="America/Bogota",
        aliases=("fechaCreacion",),
        required=False,
        nullable=True,
        description="When the service wrote the row",
    ),
    integer(
        "sent",
        aliases=("enviado",),
        required=False,
        nullable=True,
        description="The service's own mark; not used",
    ),
    integer(
        "record_id",
        aliases=("regId",),
        required=False,
        nullable=True,
        description="The service's number of the row",
    ),
)

_MARKETS = (
    ("Bogotá, D.C., Corabastos", ("Bogotá, Corabastos",)),
    ("Cali, Galería Alameda", ("Cali, Galeria Alameda",)),
    ("Cali, Santa Elena", ("Cali, Santa Helena",)),
    ("Duitama (Boyacá), Mercaplaza", ("Duitama (Boyacá)",)),
    ("El Carmen de Viboral (Antioquia)", ("Carmen de Viboral (Antioquia)",)),
    ("Ibagué, Plaza La 21", ("Ibagué, La 21",)),
    ("Manizales, Centro Galerías", ("Manizales", "Manizales (Caldas)")),
    ("Medellín, Central Mayorista de Antioquia", ("Medellín, CMA",)),
    ("Montería, Mercado del Sur", ("Montería", "Montería (Córdoba)")),
    ("Pasto, El Potrerillo", ("Pasto (Nariño)",)),
    ("Popayán, Plaza de mercado del barrio Bolívar", ("Popayán", "Popayán (Cauca)")),
    ("Santa Marta (Magdalena)", ("Santa Marta",)),
    ("Sincelejo, Nuevo Mercado", ("Sincelejo", "Sincelejo (Sucre)")),
    ("Tunja, Complejo de Servicios del Sur", ("Tunja", "Tunja (Boyacá)")),
)
_PRODUCTS = (
    ("Chócolo mazorca", ("Chocolo mazorca",)),
    ("Lechuga Batavia", ("Lechuga batavia",)),
    ("Mango Tommy", ("Mango tommy",)),
    ("Manzana royal gala importada", ("Manzana royal gala",)),
    ("Papaya Maradol", ("Papaya maradol",)),
)

SOURCE = Source(
    fallback_encoding="cp1252",
    missing=("", "n.d.", "n.d", "N.D.", "NA", "null"),
    strip_suffixes=("*",),
    collapse_blanks=True,
    month_names=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    synonyms=(
        *(Synonyms(column="market", text=name, written=old) for name, old in _MARKETS),
        *(Synonyms(column="product", text=name, written=old) for name, old in _PRODUCTS),
    ),
    layouts=(
        Wide(
            name="daily prices, a column for each product",
            identifiers=("reported_on", "market"),
            name_column="product",
            value_column="price",
            filled=(_DAY,),
        ),
        SheetTable(
            name="weekly annex, product and market in two columns",
            columns=("product", "market", *_PRICES),
            period=_WEEK_IN_WORDS,
            filled=(_WEEK,),
            left_out=_MILLS,
        ),
        SheetTable(
            name="weekly annex, header in two rows",
            columns=("product", "market", *_PRICES),
            header_rows=2,
            period=_WEEK_IN_WORDS,
            filled=(_WEEK,),
            left_out=_MILLS,
        ),
        SheetTable(
            name="weekly annex, markets below each product",
            columns=("market", *_PRICES),
            group_column="product",
            period=Period(column="reported_on", marks=_WEEK_IN_WORDS.marks, document_days=7),
            filled=(_WEEK,),
        ),
        SheetCross(
            name="daily bulletin, two columns for each market",
            corner=("Precio $/Kg",),
            row_column="product",
            name_column="market",
            value_columns=("price", "variation"),
            period=Period(column="reported_on"),
            filled=(_DAY,),
        ),
    ),
)
