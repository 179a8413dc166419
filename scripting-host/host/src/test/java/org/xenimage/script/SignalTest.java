package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.script.policy.Language;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A signal ends the program, whatever a policy tried: here in a process of its own, whose policy never ends. */
class SignalTest {
    private static final String PYTHON =
            """
            def on_begin(ctx):
                import signal, sys
                for name in ('signal', 'raise_signal', 'siginterrupt', 'set_wakeup_fd', 'pthread_sigmask'):
                    for number in (1, 2, 15):
                        try: getattr(signal, name)(number, lambda *a: None)
                        except BaseException: pass
                        try: getattr(signal, name)(number, signal.SIG_IGN)
                        except BaseException: pass
                print('ready'); sys.stdout.flush()
                while True:
                    try:
                        while True: pass
                    except BaseException: pass
            """;

    private static final String JAVASCRIPT =
            """
            export function onBegin(ctx) {
              console.log('ready');
              for (;;) try { for (;;); } finally { continue; }
            }
            """;

    /** Run by the test in another process. */
    static final class PolicyProgram {
        private PolicyProgram() {}

        public static void main(String[] arguments) throws IOException {
            Language language = Language.valueOf(arguments[0]);
            System.setProperty("xenimage.test.heard", "true");
            run(policy(language, language == Language.PYTHON ? PYTHON : JAVASCRIPT));
        }
    }

    @ParameterizedTest
    @CsvSource({"PYTHON,TERM,143", "PYTHON,INT,130", "PYTHON,HUP,129", "JAVASCRIPT,TERM,143"})
    void signalEndsARunWhosePolicyDoesNotEnd(
            Language language, String signal, int status, @TempDir Path folder)
            throws IOException, InterruptedException {
        Process process =
                ChildJvm.running(PolicyProgram.class, language)
                        .directory(folder.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.contains("ready")) line = out.readLine();
            assertEquals("ready", line);
            assertEquals(
                    0,
                    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .start()
                            .waitFor());
            assertTrue(process.waitFor(20, TimeUnit.SECONDS), "the process goes on");
            assertEquals(status, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }
}
