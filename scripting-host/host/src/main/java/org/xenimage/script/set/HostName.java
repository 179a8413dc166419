package org.xenimage.script.set;

import org.xenimage.script.policy.PolicyMatch;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The name of a host, by which a set tells hosts apart.
 *
 * @param text of the name, with or without a domain
 */
record HostName(String text) {
    private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");
    private static final int LENGTH_MAX = 256;

    /** The name of this host: on Linux from the kernel, without a resolver. */
    static HostName local() {
        try (InputStream in = Files.newInputStream(KERNEL)) {
            String name = new String(in.readNBytes(LENGTH_MAX), StandardCharsets.UTF_8).strip();
            if (!name.isEmpty()) return new HostName(name);
        } catch (IOException e) {
            // Not Linux, or no /proc.
        }
        try {
            return new HostName(InetAddress.getLocalHost().getHostName());
        } catch (UnknownHostException e) {
            return new HostName("localhost");
        }
    }

    /** Whether a criterion matches the full name of this host, or the part before the first dot. */
    boolean matches(PolicyMatch.Criterion criterion) {
        int dot = text.indexOf('.');
        return criterion.matches(text) || (dot > 0 && criterion.matches(text.substring(0, dot)));
    }
}
