package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;

/** A policy has what it is given, and nothing of the machine it runs on. */
class SandboxTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Java.type('java.lang.System')",
                "Polyglot.eval('python', '1')",
                "load('/etc/passwd')",
                "new Worker('x')",
                "ctx.getClass()",
                "ctx.log.getClass()",
                "ctx.log.constructor('return process')().exit()",
                "quit(1)",
                "require('fs')",
                "fetch('http://127.0.0.1')"
            })
    void javaScriptReachesNothingOutside(String expression) throws IOException {
        Policy policy =
                policy(Language.JAVASCRIPT, "export function onBegin(ctx) { " + expression + "; }");
        assertThrows(PolicyFailed.class, () -> run(policy));
    }

    @Test
    void javaScriptImportsNothingButTheLibrary() throws IOException {
        Policy policy =
                policy(
                        Language.JAVASCRIPT,
                        "import x from './x.mjs';\nexport function onBegin(ctx) {}");
        String message =
                String.valueOf(assertThrows(PolicyFailed.class, () -> run(policy)).getMessage());
        assertTrue(message.contains("import"), message);
    }

    /** One context for all: each line must raise, and none may end the program. */
    @Test
    void pythonReachesNothingOutside() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.PYTHON,
                                """
                                ATTEMPTS = [
                                    "open('/etc/passwd').read()",
                                    "__import__('os').listdir('/etc')",
                                    "__import__('os').environ['PATH']",
                                    "__import__('polyglot').eval(language='js', string='1')",
                                    "__import__('java').type('java.lang.System')",
                                    "ctx.getClass()",
                                    "ctx.log.getClass()",
                                ]
                                def on_begin(ctx):
                                    for attempt in ATTEMPTS:
                                        try: eval(attempt)
                                        except BaseException: continue
                                        ctx.log("GOT THROUGH " + attempt)
                                    ctx.log("tried all")
                                """));
        assertTrue(ran.logged().contains("tried all"), ran.logged());
        assertTrue(!ran.logged().contains("GOT THROUGH"), ran.logged());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "import os; os.system('id')",
                "import _thread; _thread.start_new_thread(print, ())",
                "import socket; socket.create_connection(('127.0.0.1', 22))"
            })
    void pythonStartsNoProcessNoThreadAndNoConnection(String statement) throws IOException {
        Policy policy = policy(Language.PYTHON, "def on_begin(ctx):\n    " + statement);
        assertThrows(PolicyFailed.class, () -> run(policy));
    }

    @ParameterizedTest
    @ValueSource(strings = {"import sys; sys.exit(3)", "import os; os._exit(3)"})
    void pythonCannotEndTheProgram(String statement) throws IOException {
        Policy policy = policy(Language.PYTHON, "def on_begin(ctx):\n    " + statement);
        String message =
                String.valueOf(assertThrows(PolicyFailed.class, () -> run(policy)).getMessage());
        assertTrue(
                message.contains("cannot end the program") || message.contains("posix._exit"),
                message);
    }
}
