"""`python -m nmt_analytics` is `nmt-analytics`."""

from nmt_analytics.cli import main

main()
