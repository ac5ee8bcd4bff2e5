"""The Lambda function: `subscriber.handler.handler`. `template.yaml` sets its environment."""

from user_events_consumer import Consumer

from .effect import effects

handler = Consumer.from_environment(effects).lambda_handler
