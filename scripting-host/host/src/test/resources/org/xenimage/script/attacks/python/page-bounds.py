# attack: places outside the page and the batch
# contained: tried 11
POLICY = {'api': 1}

def on_pages(given, ctx):
    attempts = [
        lambda: given.page(-1),
        lambda: given.page(10 ** 9),
        lambda: given.page(0.5),
        lambda: given.page(10 ** 30),
        lambda: given.page(0).u64(-8),
        lambda: given.page(0).u64(4089),
        lambda: given.page(0).u64(2 ** 64),
        lambda: given.page(0).bytes(0, 10 ** 9),
        lambda: given.page(0).set_bytes(4095, b'ab'),
        lambda: given.page(0).set_u64(4096, 1),
        lambda: given.page(0).fill(0, 10 ** 9),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
