"""`python -m nmt_analytics` is `nmt-analytics`, for a checkout that is not installed."""

from nmt_analytics.cli import main

main()
