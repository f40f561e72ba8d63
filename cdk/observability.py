"""Alarms on what a person must act on, and one dashboard; each can be left out (docs/costs.md)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk.api.rest_api import PredictionApi
from cdk.functions import Functions
from cdk.training import TrainingMachine
from cdk.triggers import Triggers

PERIOD_MINUTES = 5
SLOW_PREDICTION_MILLISECONDS = 3000


class Observability(Construct):
    """An alarm for each way in which a drop or a prediction can be lost or late.

    ``alarms`` and ``dashboard`` say whether there are any: they bill by the month, used or not.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metrics_namespace: str,
        functions: Functions,
        training: TrainingMachine,
        triggers: Triggers,
        api: PredictionApi,
        alarms: bool = True,
        dashboard: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        if alarms:
            self._add_alarms(
                metrics_namespace=metrics_namespace,
                functions=functions,
                training=training,
                triggers=triggers,
                api=api,
            )
        self.dashboard = (
            self._add_dashboard(functions=functions, training=training, triggers=triggers, api=api)
            if dashboard
            else None
        )

    def _add_alarms(
        self,
        *,
        metrics_namespace: str,
        functions: Functions,
        training: TrainingMachine,
        triggers: Triggers,
        api: PredictionApi,
    ) -> None:
        period = Duration.minutes(PERIOD_MINUTES)
        for name, queue in triggers.dead_letters.items():
            self._alarm(
                f"{name}DeadLettersAlarm",
                queue.metric_approximate_number_of_messages_visible(period=period),
                f"{name}: an event was given up; its dead-letter message says why",
            )
        self._alarm(
            "TrainingAlarm",
            training.machine.metric_failed(period=period),
            "A training run failed; its execution says where",
        )
        self._alarm(
            "TrainingTimeoutAlarm",
            training.machine.metric_timed_out(period=period),
            "A training run took too long; its execution says where it stood",
        )
        for name in triggers.dead_letters:
            self._alarm(
                f"{name}ErrorsAlarm",
                functions.by_name[name].metric_errors(period=period),
                f"{name} failed and is tried again; its log says why",
            )
        self._alarm(
            "ServerErrorsAlarm",
            api.rest_api.metric_server_error(period=period, statistic="Sum"),
            "The API responded with a 5xx",
        )
        self._alarm(
            "SlowPredictionAlarm",
            functions.predict.metric_duration(period=period, statistic="p99"),
            "One prediction in a hundred is slow",
            threshold=SLOW_PREDICTION_MILLISECONDS,
        )
        self._alarm(
            "BrokenChampionAlarm",
            cloudwatch.Metric(
                # The predict function's own, from its log lines.
                namespace=metrics_namespace,
                metric_name="broken_champions",
                statistic="Sum",
                period=period,
            ),
            "A new champion cannot be served and the last good one is used; Predict's log says why",
        )

    def _add_dashboard(
        self,
        *,
        functions: Functions,
        training: TrainingMachine,
        triggers: Triggers,
        api: PredictionApi,
    ) -> cloudwatch.Dashboard:
        dashboard = cloudwatch.Dashboard(self, "Dashboard")
        dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title="Predictions",
                left=[api.rest_api.metric_count(), api.rest_api.metric_server_error()],
                right=[api.rest_api.metric_latency(statistic="p99")],
            ),
            cloudwatch.GraphWidget(
                title="Training runs",
                left=[training.machine.metric_succeeded(), training.machine.metric_failed()],
            ),
        )
        dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title="Errors",
                left=[function.metric_errors() for function in functions.by_name.values()],
            ),
            cloudwatch.GraphWidget(
                title="Dead letters",
                left=[
                    queue.metric_approximate_number_of_messages_visible()
                    for queue in triggers.dead_letters.values()
                ],
            ),
        )
        return dashboard

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        threshold: float = 0,
    ) -> None:
        cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
