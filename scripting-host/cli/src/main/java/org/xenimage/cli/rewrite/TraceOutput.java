package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.TextFile;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.explain.HookCall;
import org.xenimage.script.explain.RunTrace;
import org.xenimage.script.explain.TraceLines;
import org.xenimage.script.policy.Policy;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A trace on standard error, in a file, or both. If the file cannot be written, the run does not fail; a message at the
 * end reports it.
 */
final class TraceOutput implements RunTrace, Closeable {
    private final TextOutput err;
    private final Optional<TextFile> file;
    private final List<TraceLines> forms = new ArrayList<>();
    private Optional<IOException> lost = Optional.empty();

    TraceOutput(TextOutput err, boolean text, Optional<TextFile> file) {
        this.err = err;
        this.file = file;
        if (text)
            forms.add(
                    new TraceLines(
                            TraceLines.Form.TEXT, line -> err.println("xenimage: trace: " + line)));
        if (file.isPresent()) forms.add(new TraceLines(TraceLines.Form.JSON, this::write));
    }

    private void write(String line) {
        if (lost.isPresent()) return;
        try {
            file.orElseThrow().writer().write(line + "\n");
        } catch (IOException e) {
            lost = Optional.of(e);
        }
    }

    @Override
    public void selected(Policy policy, boolean runs, String reason) {
        for (TraceLines form : forms) form.selected(policy, runs, reason);
    }

    @Override
    public void called(HookCall call) {
        for (TraceLines form : forms) form.called(call);
    }

    @Override
    public void ruled(Policy policy, int rules, long batches, Duration took) {
        for (TraceLines form : forms) form.ruled(policy, rules, batches, took);
    }

    @Override
    public void restarted(String without) {
        for (TraceLines form : forms) form.restarted(without);
    }

    @Override
    public void close() {
        for (TraceLines form : forms) form.finish();
        if (file.isEmpty()) return;
        try (TextFile open = file.get()) {
            if (lost.isEmpty()) open.finish();
        } catch (IOException e) {
            if (lost.isEmpty()) lost = Optional.of(e);
        }
        lost.ifPresent(failure ->
                err.println("xenimage: the trace is not complete: " + failure.getMessage()));
    }
}
