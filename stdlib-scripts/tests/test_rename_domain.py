"""What cases cannot say: the order of keys, and texts that look like patterns."""


def test_keeps_the_order_of_keys(t):
    result = t.run(params={"to": "web2"})
    t.equal(list(result.config), list(result.before.config))
    t.equal(list(result.config["c_info"]), list(result.before.config["c_info"]))


def test_puts_the_old_name_in_as_it_is(t):
    result = t.run(sample={"config": {"c_info.name": "$&"}}, params={"to": "{name}-{name}"})
    t.equal(result.config["c_info"]["name"], "$&-$&")
