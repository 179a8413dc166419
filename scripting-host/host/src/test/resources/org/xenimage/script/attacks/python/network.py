# attack: connections
# contained: tried 10
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('socket').socket(),
        lambda: __import__('socket').create_connection(('127.0.0.1', 22)),
        lambda: __import__('socket').getaddrinfo('example.org', 80),
        lambda: __import__('_socket').socket(),
        lambda: __import__('urllib.request').request.urlopen('http://127.0.0.1'),
        lambda: __import__('urllib.request').request.urlopen('file:///etc/passwd'),
        lambda: __import__('http.client').client.HTTPConnection('127.0.0.1').connect(),
        lambda: __import__('ssl').create_default_context(),
        lambda: __import__('smtplib').SMTP('127.0.0.1'),
        lambda: __import__('xmlrpc.client').client.ServerProxy('http://127.0.0.1').x(),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
