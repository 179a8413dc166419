package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.Test;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;

/** What belongs to the whole process is out of a policy's reach: signals, clock, working directory, settings. */
class ConfinementTest {
    /** Every function of Python that changes or reads something of the process, by module; none may return. */
    private static final String PYTHON =
            """
            signal.signal(15, print)
            signal.signal(2, signal.SIG_IGN)
            signal.signal(1, signal.SIG_IGN)
            signal.raise_signal(15)
            signal.alarm(1)
            signal.setitimer(0, 1)
            signal.siginterrupt(15, False)
            signal.set_wakeup_fd(1)
            _signal.signal(15, print)
            os.kill(os.getpid(), 15)
            os.killpg(0, 15)
            os.umask(0)
            os.chdir('/')
            os.fchdir(0)
            os.putenv('A', 'B')
            os.unsetenv('A')
            os.environ.__setitem__('A', 'B')
            os.system('id')
            os.getppid()
            os.getuid()
            os.setsid()
            os.setpgid(0, 0)
            os.getloadavg()
            os.pipe()
            os.dup2(1, 2)
            os.execv('/bin/sh', [])
            os._exit(3)
            os.abort()
            os.waitpid(-1, 0)
            os.sysconf('SC_PAGE_SIZE')
            os.cpu_count() / 0
            posix.kill(1, 9)
            importlib.reload(posix).kill(1, 15)
            importlib.reload(_signal).signal(15, print)
            _imp.create_builtin(importlib.machinery.ModuleSpec('posix', None)).kill(1, 15)
            _imp.create_builtin(importlib.machinery.ModuleSpec('faulthandler', None)).enable()
            _imp.exec_builtin(posix) or posix.kill(1, 15)
            _imp.exec_builtin(_signal) or _signal.signal(15, print)
            importlib._bootstrap.BuiltinImporter.load_module('resource').getrlimit(7)
            sys.modules.pop('posix') and __import__('posix').kill(1, 15)
            sys.modules.pop('_signal') and __import__('_signal').signal(15, print)
            sys.modules.pop('faulthandler', 1) and __import__('faulthandler').enable()
            sys.settrace(print)
            sys.setprofile(print)
            sys.addaudithook(print)
            sys.setrecursionlimit(10)
            sys.setswitchinterval(1)
            sys.setdlopenflags(1)
            sys.set_int_max_str_digits(0)
            atexit.register(print)
            locale.setlocale(0, 'de_DE.UTF-8')
            gc.collect()
            gc.disable()
            threading.Thread(target=print).start()
            _thread.start_new_thread(print, ())
            _thread.interrupt_main()
            _thread.stack_size(1 << 20)
            time.sleep(0.001)
            faulthandler.enable()
            faulthandler.dump_traceback()
            faulthandler.dump_traceback_later(1)
            resource.setrlimit(7, (1, 1))
            resource.getrusage(0)
            fcntl.flock(0, 0)
            fcntl.ioctl(0, 0)
            select.select([], [], [])
            socket.socket()
            socket.gethostname()
            ssl.create_default_context()
            pwd.getpwuid(0)
            readline.add_history('a')
            ctypes.CDLL(None)
            multiprocessing.Process(target=print).start()
            subprocess.run(['id'])
            asyncio.run(None)
            polyglot.eval(language='python', string='1')
            java.type('java.lang.System')
            __graalpython__.read_file('/etc/passwd')
            __graalpython__.get_python_home_paths()
            __graalpython__.run_path()
            _posixshmem.shm_unlink('a')
            _multiprocessing_graalpy._read(0, 1)
            _lsprof.Profiler()
            _tracemalloc._get_traces()
            open('/etc/passwd')
            open('/tmp/x', 'w')
            os.listdir('/etc')
            tempfile.mkstemp()
            webbrowser.open('http://127.0.0.1')
            getpass.getuser()
            """;

    /**
     * Builtin modules that compute, and no more. One that is in no list is new: someone must look
     * at it.
     */
    private static final List<String> COMPUTING =
            List.of(
                    "_tokenize",
                    "_sre",
                    "_operator",
                    "_abc",
                    "_md5",
                    "_sha1",
                    "_sha2",
                    "_sha3",
                    "_codecs",
                    "errno",
                    "_queue",
                    "_warnings",
                    "_typing",
                    "_weakref",
                    "_json",
                    "_struct",
                    "_collections",
                    "math",
                    "_io",
                    "_contextvars",
                    "binascii",
                    "_blake2",
                    "cmath",
                    "itertools",
                    "array",
                    "_hashlib",
                    "_random",
                    "_csv",
                    "_lzma",
                    "_bz2",
                    "_ast",
                    "builtins",
                    "zlib",
                    "_string",
                    "_multibytecodec",
                    "unicodedata",
                    "_functools",
                    "_pickle",
                    "mmap",
                    "_codecs_truffle",
                    "_codecs_kr",
                    "_codecs_cn",
                    "_codecs_hk",
                    "_codecs_tw",
                    "_codecs_jp",
                    "_codecs_iso2022",
                    "_datetime",
                    "_decimal",
                    "_bisect",
                    "_heapq",
                    "_zoneinfo",
                    "_statistics",
                    "_opcode");

    private static final List<String> STRIPPED =
            List.of(
                    "posix",
                    "_signal",
                    "_thread",
                    "gc",
                    "time",
                    "_locale",
                    "atexit",
                    "marshal",
                    "__graalpython__",
                    "_imp",
                    "sys",
                    "polyglot");

    private static final List<String> CLOSED =
            List.of(
                    "_asyncio",
                    "_crypt",
                    "_ctypes",
                    "_lsprof",
                    "_multiprocessing",
                    "_multiprocessing_graalpy",
                    "_posixshmem",
                    "_posixsubprocess",
                    "_socket",
                    "_ssl",
                    "_tracemalloc",
                    "faulthandler",
                    "fcntl",
                    "jarray",
                    "java",
                    "pwd",
                    "readline",
                    "resource",
                    "select");

    @Test
    void noFunctionOfPythonReachesTheProcess() throws IOException {
        TimeZone zone = TimeZone.getDefault();
        Locale locale = Locale.getDefault();
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.PYTHON,
                                """
                                ATTEMPTS = '''%s'''.splitlines()
                                class Modules(dict):
                                    def __missing__(self, name):
                                        import builtins
                                        if hasattr(builtins, name): raise KeyError(name)
                                        return __import__(name)
                                def on_begin(ctx):
                                    import importlib.machinery
                                    for attempt in ATTEMPTS:
                                        try: eval(attempt, Modules())
                                        except BaseException: continue
                                        ctx.log("GOT THROUGH " + attempt)
                                    ctx.log("tried %%d" %% len(ATTEMPTS))
                                """
                                        .formatted(PYTHON)));
        assertTrue(ran.logged().contains("tried " + PYTHON.lines().count()), ran.logged());
        assertFalse(ran.logged().contains("GOT THROUGH"), ran.logged());
        assertEquals(zone, TimeZone.getDefault());
        assertEquals(locale, Locale.getDefault());
    }

    /** The confinement is done again when a module is run again, among objects that the policy made. */
    @Test
    void whatAPolicyPutsInItsWayDoesNotEndTheConfinement() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.PYTHON,
                                """
                                import _signal, _thread, importlib, posix, sys
                                class Evil:
                                    def __getattr__(self, name): raise ValueError('evil ' + name)
                                class Sly:
                                    def __class__(self): raise ValueError('sly')
                                    __class__ = property(__class__)
                                    def __call__(self): pass
                                class Key(str):
                                    def __eq__(self, other): raise ValueError('key')
                                    __hash__ = str.__hash__
                                TRICKS = {
                                    'number': lambda: sys.modules.__setitem__('x', 5),
                                    'evil': lambda: sys.modules.__setitem__('y', Evil()),
                                    'key': lambda: [vars(m).__setitem__(Key('z'), Sly()) for m in (posix, _signal)],
                                    'sly': lambda: [vars(m).__setitem__('zz', Sly()) for m in (posix, _signal)],
                                    'environ': lambda: setattr(posix, 'environ', 5),
                                    'finder': lambda: sys.meta_path.append(Evil()),
                                    'entry': lambda: sys.path.append(5),
                                    'path': lambda: setattr(sys, 'path', 5),
                                    'cache': lambda: delattr(sys, 'path_importer_cache'),
                                    'builtins': lambda: setattr(__import__('builtins'), 'issubclass', Evil()),
                                }
                                CALLS = {'posix': {'kill': (0, 0), 'getuid': (), 'getppid': (), 'umask': (18,)},
                                    '_signal': {'signal': (15, print), 'alarm': (0,)},
                                    '_thread': {'start_new_thread': (print, ())}}
                                def on_begin(ctx):
                                    for trick, play in TRICKS.items():
                                        try: play()
                                        except BaseException: pass
                                        for module in (posix, _signal, _thread):
                                            try: importlib.reload(module)
                                            except BaseException: pass
                                            try: importlib._bootstrap.BuiltinImporter.exec_module(module)
                                            except BaseException: pass
                                            for name, arguments in CALLS[module.__name__].items():
                                                try: getattr(module, name)(*arguments)
                                                except BaseException: continue
                                                ctx.log('GOT THROUGH ' + trick + ' ' + name)
                                    ctx.log('played %d' % len(TRICKS))
                                """));
        assertTrue(ran.logged().contains("played 10"), ran.logged());
        assertFalse(ran.logged().contains("GOT THROUGH"), ran.logged());
    }

    @Test
    void everyBuiltinModuleOfPythonIsJudged() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.PYTHON,
                                """
                                import sys
                                KNOWN = '%s'.split()
                                def on_begin(ctx):
                                    ctx.log('new: %%s.' %% sorted(set(sys.builtin_module_names) - set(KNOWN)))
                                    for name in '%s'.split():
                                        try: __import__(name)
                                        except ImportError: continue
                                        ctx.log('OPEN ' + name)
                                """
                                        .formatted(
                                                String.join(" ", COMPUTING)
                                                        + " "
                                                        + String.join(" ", STRIPPED)
                                                        + " "
                                                        + String.join(" ", CLOSED),
                                                String.join(" ", CLOSED))));
        assertTrue(ran.logged().contains("new: []."), ran.logged());
        assertFalse(ran.logged().contains("OPEN "), ran.logged());
    }

    @Test
    void pythonSeesTheTimeOfTheRunOnlyAndNoPathOfTheInstallation() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.PYTHON,
                                """
                                import datetime, os, sys, time
                                def on_begin(ctx):
                                    for seen in (datetime.datetime.now(), datetime.datetime.fromtimestamp(time.time()),
                                            time.strftime('%Y-%m-%d %H:%M:%S'), time.ctime(), time.asctime(),
                                            datetime.datetime(*time.localtime()[:6]), datetime.datetime(*time.gmtime()[:6])):
                                        ctx.log('time %s' % seen)
                                    ctx.log('same %s' % (time.time() == time.monotonic() == time.perf_counter()))
                                    ctx.log('given %s' % datetime.datetime.strptime('2020-02-03', '%Y-%m-%d').year)
                                    ctx.log('paths %s' % [sys.path, sys.prefix, sys.executable, os.getcwd(), os.__file__])
                                    for name, module in list(sys.modules.items()):
                                        for key, value in list(vars(module).items()):
                                            if 'python-home' in repr(value): ctx.log('SEEN %s.%s' % (name, key))
                                """));
        String log = ran.logged();
        assertEquals(5, count(log, "time 2026-01-02 03:04:05"), log);
        assertEquals(2, count(log, "time Fri Jan  2 03:04:05 2026"), log);
        assertTrue(log.contains("same True") && log.contains("given 2020"), log);
        assertTrue(
                log.contains(
                        "paths [['/python/stdlib', '/python/core/modules'], '/python', '', '/', "
                                + "'/python/stdlib/os.py']"),
                log);
        assertFalse(log.contains("SEEN"), log);
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }

    @Test
    void whatOnePythonPolicyChangesOfItsInterpreterIsGoneInTheNext() throws IOException {
        String change =
                """
                import random, warnings, sys, builtins, decimal
                def on_begin(ctx):
                    random.seed(1); warnings.simplefilter('error'); decimal.getcontext().prec = 3
                    sys.excepthook = sys.displayhook = print; builtins.len = lambda x: 0; sys.stdout = None
                """;
        String look =
                """
                import random, warnings, sys, builtins, decimal
                def on_begin(ctx):
                    first = random.random(); random.seed(1)
                    ctx.log('seeded %s' % (first == random.random()))
                    ctx.log('errors %s' % any(f[0] == 'error' for f in warnings.filters))
                    ctx.log('prec %s len %s' % (decimal.getcontext().prec, len([1])))
                    print('still heard')
                """;
        String log = run(policy(Language.PYTHON, change), policy(Language.PYTHON, look)).logged();
        assertTrue(log.contains("seeded False"), log);
        assertTrue(log.contains("errors False"), log);
        assertTrue(log.contains("prec 28 len 1"), log);
        assertTrue(log.contains("still heard"), log);
    }

    @Test
    void noGlobalOfJavaScriptReachesTheProcess() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.JAVASCRIPT,
                                """
                                const attempts = ['Java', 'Polyglot', 'Packages', 'java', 'load', 'loadWithNewGlobal', 'Graal', 'Atomics',
                                  'SharedArrayBuffer', 'Worker', 'WebAssembly', 'process', 'require', 'quit()', 'exit()', 'fetch', 'performance',
                                  'setTimeout', 'arguments.length'];
                                export function onBegin(ctx) {
                                  for (const attempt of attempts) {
                                    try { (0, eval)(attempt); } catch { continue; }
                                    ctx.log('GOT THROUGH ' + attempt);
                                  }
                                  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => !known.has(name));
                                  ctx.log(`new: [${globals}]`);
                                }
                                const known = new Set(`Object Function Array String Date Number Boolean RegExp Math JSON NaN Infinity undefined
                                  isNaN isFinite parseFloat parseInt encodeURI encodeURIComponent decodeURI decodeURIComponent eval escape unescape
                                  Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError ArrayBuffer Int8Array
                                  Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array
                                  BigUint64Array Float16Array DataView BigInt Map Set WeakMap WeakSet Symbol Reflect Proxy Promise Iterator globalThis
                                  WeakRef FinalizationRegistry Intl console print printErr`.split(/\\s+/));
                                """));
        assertFalse(ran.logged().contains("GOT THROUGH"), ran.logged());
        assertTrue(ran.logged().contains("new: []"), ran.logged());
    }

    @Test
    void javaScriptSeesTheTimeOfTheRunOnly() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.JAVASCRIPT,
                                """
                                export function onBegin(ctx) {
                                  const now = Date.parse(ctx.now);
                                  const seen = [Date.now(), +new Date(), Date.parse(Date()), +new (new Date(5).constructor)(),
                                    +new (class extends Date {})(), +Reflect.construct(Object.getPrototypeOf(new Date()).constructor, [])];
                                  ctx.log('same ' + seen.every((time) => time === now));
                                  ctx.log('given ' + (+new Date(5) === 5 && Date.UTC(1970, 0, 2) === 86400000 && new Date() instanceof Date));
                                  ctx.log('zone ' + new Date().getTimezoneOffset() + ' ' + new Intl.DateTimeFormat('en-GB').format());
                                }
                                """));
        assertTrue(ran.logged().contains("same true"), ran.logged());
        assertTrue(ran.logged().contains("given true"), ran.logged());
        assertTrue(ran.logged().contains("zone 0 02/01/2026"), ran.logged());
    }
}
