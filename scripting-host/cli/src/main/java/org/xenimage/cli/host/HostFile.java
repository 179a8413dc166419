package org.xenimage.cli.host;

import org.xenimage.cli.output.FileNames;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.RunFiles;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.migrate.XenVersion;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;

/** A host as the user names it: a release of Xen such as 4.13, or a file of capabilities. */
final class HostFile {
    private HostFile() {}

    /**
     * Reads what a host takes, and tells the keys of its file that this release does not know.
     *
     * @param name a release of Xen, a path, or {@code -}
     * @param files of the run
     * @param err takes the warnings
     * @return the capabilities
     * @throws IOException if the file is at fault, or the release is not known
     */
    static HostCapabilities read(String name, RunFiles files, TextOutput err) throws IOException {
        Optional<XenVersion> version = XenVersion.parse(name);
        if (version.isPresent()) return HostCapabilities.ofXen(version.get());
        HostCapabilities read = HostCapabilities.read(bytes(name, files), name);
        for (String key : read.unknown())
            err.println("warning: %s: %s is not known, and is ignored".formatted(name, key));
        return read;
    }

    /** A small file, as text. */
    static String text(String name, RunFiles files) throws IOException {
        return new String(bytes(name, files), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String name, RunFiles files) throws IOException {
        if (name.equals("-")) files.readingStandardInput();
        else files.reading(FileNames.path(name));
        byte[] bytes;
        try (InputStream in =
                name.equals("-") ? System.in : Files.newInputStream(FileNames.path(name))) {
            bytes = in.readNBytes(HostCapabilities.LENGTH_MAX + 1);
        }
        if (bytes.length > HostCapabilities.LENGTH_MAX)
            throw new LimitExceeded(
                    Fault.in(name)
                            .problem("is too large")
                            .expected("at most " + HostCapabilities.LENGTH_MAX + " bytes")
                            .found("more"));
        return bytes;
    }
}
