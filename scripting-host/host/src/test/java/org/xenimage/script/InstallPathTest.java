package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A script that looks into every object that it can reach finds no path of this machine: not where
 * the program, its language, or the policy is installed, and not the home or working directory.
 */
class InstallPathTest {
    private static final String FOLDER = "/srv/policies-of-alice/production";

    /** Walks all modules, classes, functions, their code and the frames, and what functions say of places. */
    private static final String PYTHON =
            """
            def on_begin(ctx):
                import importlib, sys
                for name in ('json re collections traceback os io abc codecs locale zipimport importlib.util '
                        'importlib.machinery site sysconfig platform pathlib linecache warnings enum functools runpy '
                        'tempfile').split():
                    try: importlib.import_module(name)
                    except Exception as error: look(str(error), 'import ' + name)
                import json, os, pathlib, platform, site, sysconfig, tempfile, traceback
                for place, ask in {
                    'sysconfig.get_paths': sysconfig.get_paths, 'sysconfig.get_config_vars': sysconfig.get_config_vars,
                    'platform.platform': platform.platform, 'platform.node': platform.node,
                    'expanduser': lambda: os.path.expanduser('~'), 'abspath': lambda: os.path.abspath('x'),
                    'realpath': lambda: os.path.realpath('x'), 'site': site.getsitepackages,
                    'usersite': site.getusersitepackages, 'cwd': os.getcwd, 'open': lambda: open('x'),
                    'listdir': lambda: os.listdir('.'), 'stat': lambda: os.stat('/etc/passwd'),
                    'traceback': lambda: json.loads('{'), 'argv': lambda: (sys.argv, sys.orig_argv, sys.flags),
                    'import': lambda: __import__('nosuch'), 'version': lambda: (sys.version, platform.python_build()),
                    'resolve': lambda: pathlib.Path('x').resolve(), 'home': lambda: pathlib.Path.home(),
                    'temporary': tempfile.gettempdir, 'scandir': lambda: [e.path for e in os.scandir('/python')],
                    'readlink': lambda: os.readlink('/proc/self/exe'), 'syntax': lambda: compile('(', 'x', 'exec'),
                    'host': lambda: ctx.nosuch(), 'source': lambda: open(json.__file__).read(2000),
                }.items():
                    try: look(repr(ask()), place)
                    except BaseException as error: look(''.join(traceback.format_exception(error)), place)
                code, seen, kept, stack = type(look.__code__), set(), [], []
                stack += [(module, name) for name, module in list(sys.modules.items())]
                stack.append((sys._getframe(), 'frame'))
                while stack:
                    value, path = stack.pop()
                    kind = type(value)
                    if kind is str or kind is bytes:
                        look(value if kind is str else value.decode('latin-1'), path)
                    elif value is None or kind in (int, float, complex, bool) or id(value) in seen:
                        pass
                    elif value is seen or value is kept or value is stack or len(path) > 150:
                        pass
                    else:
                        seen.add(id(value))
                        kept.append(value)
                        if kind is dict:
                            for key, item in list(value.items()):
                                if key != '__doc__': stack.append((item, path + '[' + str(key)[:30] + ']'))
                        elif kind in (list, tuple, set, frozenset):
                            stack += [(item, path + '[]') for item in list(value)]
                        elif kind is code:
                            look(value.co_filename, path + '.co_filename')
                            stack += [(item, path + '.co_consts') for item in value.co_consts if type(item) is code]
                        else:
                            for name in NAMES.get(kind, CLASS if isinstance(value, type) else OTHERS):
                                try: found = getattr(value, name)
                                except BaseException: continue
                                if name == '__dict__': found = dict(found)
                                stack.append((found, path + '.' + name))
                ctx.log('looked at %d' % len(kept))
                for line in list(FOUND)[:40]: ctx.log('found ' + line)

            NAMES = {
                type(lambda: 0): '__dict__ __code__ __closure__ __defaults__ __kwdefaults__'.split(),
                type(len): ['__self__'], type(object.__init__): [], type(str.join): [], type(type(type)): ['__dict__'],
                type(__import__('sys')): ['__dict__'],
            }
            CLASS = '__dict__ __bases__'.split()
            OTHERS = ('__dict__ cell_contents __func__ __self__ fget fset fdel __wrapped__ f_code f_back f_globals f_locals '
                'origin path name archive prefix submodule_search_locations cached loader_state filename gi_code _path '
                '_cached tb_frame __traceback__ __context__').split()
            WORDS = %s
            FOUND = {}

            def look(text, path):
                backwards = text[::-1]
                for word in WORDS:
                    at = backwards.find(word)
                    if at >= 0: FOUND.setdefault(path + ': ' + backwards[max(0, at - 40):at + 80], 1)
            """;

    private static final String JAVASCRIPT =
            """
            const WORDS = %s, found = new Set();
            function look(text, path) {
              const backwards = [...text].reverse().join('');
              for (const word of WORDS) {
                const at = backwards.indexOf(word);
                if (at >= 0) found.add(path + ': ' + backwards.slice(Math.max(0, at - 40), at + 80));
              }
            }
            function ask(path, question) {
              let answer;
              try { answer = question(); } catch (e) { answer = String(e) + e.stack + e.fileName + e.cause; }
              look(String(answer), path);
            }
            export function onBegin(ctx) {
              const seen = new Set();
              const stack = [[globalThis, 'globalThis'], [import.meta, 'import.meta'], [ctx, 'ctx'], [ask, 'ask'],
                [async () => {}, 'async'], [function* () {}, 'generator'], [new Error('x'), 'error']];
              while (stack.length) {
                const [value, path] = stack.pop();
                if (typeof value === 'string') look(value, path);
                if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)
                    || value === WORDS || value === found || path.length > 200) continue;
                seen.add(value);
                ask(path, () => Function.prototype.toString.call(value));
                let keys = [];
                try { keys = Reflect.ownKeys(value); } catch (e) { look(String(e.stack), path); }
                for (const key of keys) {
                  const name = path + '.' + String(key);
                  try {
                    const own = Reflect.getOwnPropertyDescriptor(value, key);
                    if (own) stack.push([own.get, name + ' get'], [own.set, name + ' set']);
                    stack.push([value[key], name]);
                  } catch (e) { look(String(e) + e.stack, name); }
                }
                try { stack.push([Object.getPrototypeOf(value), path + '^']); } catch (e) { look(String(e), path); }
              }
              ask('stack', () => new Error('x').stack);
              ask('meta', () => import.meta.url + JSON.stringify(import.meta));
              ask('sites', () => {
                Error.prepareStackTrace = (e, sites) =>
                  sites.map(s => [s.getFileName?.(), s.getScriptNameOrSourceURL?.(), s.getEvalOrigin?.(), String(s)]).join();
                try { return new Error('x').stack; } finally { delete Error.prepareStackTrace; }
              });
              ask('eval', () => eval('(function () { return new Error("y").stack })()'));
              ask('Function', () => new Function('return new Error("z").stack')());
              ask('syntax', () => new Function('}'));
              ask('json', () => JSON.parse('{'));
              ask('host', () => ctx.nosuch());
              ask('host argument', () => ctx.pages.scrub({ text: 5 }));
              for (const name of ['./x.js', '/etc/passwd', 'xenimage/nosuch', 'fs', 'file:///etc/passwd', '../w.js'])
                import(name).then(() => {}, e => { if (e.stack) for (const word of WORDS)
                  if ([...(String(e) + e.stack)].reverse().join('').includes(word)) ctx.log('found in import ' + name); });
              ctx.log('looked at ' + seen.size);
              for (const line of [...found].slice(0, 40)) ctx.log('found ' + line);
            }
            """;

    @ParameterizedTest
    @EnumSource
    void noScriptFindsAPathOfThisMachine(Language language) throws IOException {
        StringBuilder words = new StringBuilder("[");
        for (String path : paths())
            words.append(words.length() > 1 ? ", '" : "'")
                    .append(new StringBuilder(path).reverse())
                    .append('\'');
        String body =
                SampleRuns.pick(language, JAVASCRIPT, PYTHON).replace("%s", words.append("]"));
        String header =
                SampleRuns.pick(
                        language,
                        "export const policy = {api: 1, name: 'tested', version: '1'};\n",
                        "POLICY = {'api': 1, 'name': 'tested', 'version': '1'}\n");
        List<String> log = new ArrayList<>();
        HostOptions options =
                HostOptions.defaults()
                        .withLimits(
                                Limits.DEFAULT
                                        .withTime(Duration.ofMinutes(15))
                                        .withAllocation(1L << 32));
        try (PolicyHost host = PolicyHost.open(options)) {
            Policy policy =
                    host.parse(FOLDER + "/tested" + language.suffix(), language, header + body);
            try (PolicyRun run =
                    host.run(List.of(policy), SampleRuns.CONTEXT, DecisionLog.to(log::add))) {
                PolicyTestImage.rewrite(SampleRuns.sample(), run.transform());
            }
        }
        assertEquals(List.of(), log.stream().filter(line -> line.contains("found ")).toList());
        String looked =
                log.stream().filter(line -> line.contains("looked at ")).findFirst().orElseThrow();
        int objects = Integer.parseInt(looked.replaceAll(".*looked at (\\d+).*", "$1"));
        assertTrue(objects > (language == Language.PYTHON ? 5000 : 500), looked);
    }

    /** Folders of this machine that no part of Python's own library has reason to name. */
    private static Set<String> paths() {
        Set<String> paths = new TreeSet<>();
        paths.add(FOLDER);
        for (String property : List.of("user.dir", "user.home", "java.home"))
            paths.add(System.getProperty(property));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path folder = Path.of(entry).toAbsolutePath().getParent();
            if (folder != null) paths.add(folder.toString());
        }
        paths.removeIf(path -> path.length() < 4);
        // A folder covers those below it.
        return paths.stream()
                .filter(path -> paths.stream().noneMatch(other -> path.startsWith(other + "/")))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
