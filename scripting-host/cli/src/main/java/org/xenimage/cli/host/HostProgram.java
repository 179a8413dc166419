package org.xenimage.cli.host;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.migrate.HostCapabilities;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Runs the programs of Xen on this host that tell what it takes. */
final class HostProgram {
    private HostProgram() {}

    /** What {@code xl info} prints. */
    static String info() throws IOException {
        List<String> command = List.of("xl", "info");
        Optional<String> output;
        try {
            output = run(command, ProcessBuilder.Redirect.INHERIT);
        } catch (IOException e) {
            throw new IOException(
                    "xl cannot be started: %s; run this in dom0, or give --xen or --xl-info"
                            .formatted(e.getMessage()),
                    e);
        }
        return output.orElseThrow(() -> new IOException("xl info failed"));
    }

    /** What {@code xen-cpuid -p} prints; nothing where it is missing, or the Xen is too old for it. */
    static String policies() throws IOException {
        try {
            return run(List.of("xen-cpuid", "-p"), ProcessBuilder.Redirect.DISCARD).orElse("");
        } catch (LimitExceeded e) {
            throw e;
        } catch (IOException e) {
            return "";
        }
    }

    private static Optional<String> run(List<String> command, ProcessBuilder.Redirect errors)
            throws IOException {
        Process process = new ProcessBuilder(command).redirectError(errors).start();
        process.getOutputStream().close();
        byte[] text;
        try (InputStream in = process.getInputStream()) {
            text = in.readNBytes(HostCapabilities.LENGTH_MAX + 1);
        }
        if (text.length > HostCapabilities.LENGTH_MAX) {
            process.destroy();
            throw new LimitExceeded(
                    Fault.in(String.join(" ", command))
                            .expected("at most " + HostCapabilities.LENGTH_MAX + " bytes")
                            .found("more"));
        }
        try {
            if (process.waitFor() != 0) return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return Optional.of(new String(text, StandardCharsets.UTF_8));
    }
}
