"""Tests of @NAME@: xenimage policy test @FILE@"""


# Policies run over a sample image, or over one of yours: t.run(image="web1.save").
def test_greets_in_the_site_metadata(t: "Test"):
    result = t.run(sample={"guest": "pv", "memory": 4}, params={"greeting": "hi"})
    t.equal(result.metadata["site.greeting"], "hi")


# What a policy does not change stays the same.
def test_leaves_the_config_alone(t: "Test"):
    result = t.run()
    t.equal(result.config, result.before.config)
    t.equal(len(result.edits), 1)
