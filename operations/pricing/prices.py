"""AWS's list prices, the one table of them: US East (N. Virginia), first price step, without taxes.

A price that changes is changed here, with the day it was read; ``docs/costs.md`` and
``docs/benchmarks.md`` take all prices from here.
"""

from dataclasses import dataclass

READ_ON = "2026-11-30"
REGION = "us-east-1"
CONDITIONS = f"list price, {REGION}, without taxes"


@dataclass(frozen=True)
class Page:
    """A page of AWS's prices."""

    title: str
    path: str

    @property
    def url(self) -> str:
        """The page's address."""
        return f"https://aws.amazon.com/{self.path}/pricing/"


@dataclass(frozen=True, kw_only=True)
class Price:
    """``usd`` for ``per`` units.

    ``free`` units AWS gives each account a month: for ever, or, with ``first_year``, in the 12
    months after sign-up, and only to accounts that were opened before 15 July 2025 (later ones get
    credits instead).
    """

    name: str
    usd: float
    unit: str
    per: int = 1
    free: float = 0
    first_year: bool = False
    page: Page

    @property
    def each(self) -> float:
        """US dollars of one unit."""
        return self.usd / self.per


_CLOUDWATCH = Page("Amazon CloudWatch Pricing", "cloudwatch")
_S3 = Page("Amazon S3 Pricing", "s3")
_LAMBDA = Page("AWS Lambda Pricing", "lambda")
_KMS = Page("AWS Key Management Service Pricing", "kms")

ALARM_METRIC = Price(
    name="Alarm, standard resolution",
    usd=0.10,
    unit="metric of an alarm and month",
    free=10,
    page=_CLOUDWATCH,
)
# Free are dashboards of up to 50 metrics each.
DASHBOARD = Price(name="Dashboard", usd=3.00, unit="dashboard and month", free=3, page=_CLOUDWATCH)
CUSTOM_METRIC = Price(
    name="Custom metric, API Gateway's detailed metrics included",
    usd=0.30,
    unit="metric and month, by the hours in which it is published",
    free=10,
    page=_CLOUDWATCH,
)
# Free together with what is stored and queried.
LOG_INGESTION = Price(name="Logs taken in", usd=0.50, unit="GB", free=5, page=_CLOUDWATCH)
# Free together with what is taken in and queried.
LOG_STORAGE = Price(
    name="Logs stored, compressed", usd=0.03, unit="GB and month", free=5, page=_CLOUDWATCH
)
S3_STORAGE = Price(
    name="S3 Standard storage", usd=0.023, unit="GB and month", free=5, first_year=True, page=_S3
)
S3_WRITE = Price(
    name="S3 PUT, COPY, POST, LIST",
    usd=0.005,
    unit="requests",
    per=1_000,
    free=2_000,
    first_year=True,
    page=_S3,
)
S3_READ = Price(
    name="S3 GET, HEAD",
    usd=0.0004,
    unit="requests",
    per=1_000,
    free=20_000,
    first_year=True,
    page=_S3,
)
S3_EVENT = Price(
    name="S3 event to EventBridge",
    usd=1.00,
    unit="events",
    per=1_000_000,
    page=Page("Amazon EventBridge Pricing", "eventbridge"),
)
KMS_KEY = Price(
    name="Customer managed key", usd=1.00, unit="key and month, and version by rotation", page=_KMS
)
KMS_REQUEST = Price(
    name="KMS request", usd=0.03, unit="requests", per=10_000, free=20_000, page=_KMS
)
LAMBDA_REQUEST = Price(
    name="Lambda invocation",
    usd=0.20,
    unit="invocations",
    per=1_000_000,
    free=1_000_000,
    page=_LAMBDA,
)
LAMBDA_ARM_GB_SECOND = Price(
    name="Lambda compute, arm64", usd=0.0000133334, unit="GB-second", free=400_000, page=_LAMBDA
)
LAMBDA_DISK_GB_SECOND = Price(
    name="Lambda ephemeral storage beyond 512 MB", usd=0.0000000309, unit="GB-second", page=_LAMBDA
)
API_CALL = Price(
    name="REST API call",
    usd=3.50,
    unit="calls",
    per=1_000_000,
    free=1_000_000,
    first_year=True,
    page=Page("Amazon API Gateway Pricing", "api-gateway"),
)
STATE_TRANSITION = Price(
    name="Step Functions state transition",
    usd=0.025,
    unit="transitions",
    per=1_000,
    free=4_000,
    page=Page("AWS Step Functions Pricing", "step-functions"),
)
TRACE = Price(
    name="X-Ray trace recorded",
    usd=5.00,
    unit="traces",
    per=1_000_000,
    free=100_000,
    page=Page("AWS X-Ray Pricing", "xray"),
)
DATA_OUT = Price(
    name="Data to the internet",
    usd=0.09,
    unit="GB",
    free=100,
    page=Page("Amazon EC2 On-Demand Pricing, Data Transfer", "ec2"),
)

PRICES = (
    ALARM_METRIC,
    DASHBOARD,
    CUSTOM_METRIC,
    LOG_INGESTION,
    LOG_STORAGE,
    S3_STORAGE,
    S3_WRITE,
    S3_READ,
    S3_EVENT,
    KMS_KEY,
    KMS_REQUEST,
    LAMBDA_REQUEST,
    LAMBDA_ARM_GB_SECOND,
    LAMBDA_DISK_GB_SECOND,
    API_CALL,
    STATE_TRANSITION,
    TRACE,
    DATA_OUT,
)
