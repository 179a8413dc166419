"""Adds how busy the guest was, as fields by the schema of the site."""

POLICY: "Policy" = {"api": 1, "name": "usage", "version": "1.0", "on": ["rewrite"]}


def on_begin(ctx: "Context"):
    ctx.add_section("example.usage", "example-usage", {"version": 1, "percent": [12, 80, 7]})
