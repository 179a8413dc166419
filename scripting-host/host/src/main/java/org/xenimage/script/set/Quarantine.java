package org.xenimage.script.set;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.io.PendingFile;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The policies of a set that failed and are disabled: a folder beside the set with a file for each.
 *
 * <p>A file is written whole or not at all, and each policy has its own file. A file applies only to the digest that
 * failed, so a fixed policy runs again.
 *
 * @param folder that may not exist
 */
record Quarantine(Path folder) {
    private static final int LENGTH_MAX = 1 << 20;
    private static final int REASON_MAX = 10_000;

    /** The quarantine of a set. */
    static Quarantine beside(Path set) {
        return new Quarantine(
                Files.isDirectory(set)
                        ? set.resolve(".quarantine")
                        : set.resolveSibling(set.getFileName() + ".quarantine"));
    }

    private Path file(String policy) {
        return folder.resolve(policy + ".json");
    }

    /** Whether a policy is disabled, and why. */
    Optional<LoadedSet.Quarantined> find(Policy policy) throws IOException {
        Path file = file(policy.name());
        if (Files.exists(file) && !Files.isRegularFile(file))
            throw new PolicyFailed(
                    Fault.in(file.toString())
                            .problem("is not a regular file")
                            .remedy("remove it to run the policy " + policy.name()));
        byte[] text;
        try (InputStream in = Files.newInputStream(file)) {
            text = in.readNBytes(LENGTH_MAX + 1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        ObjectNode entry;
        try {
            if (text.length > LENGTH_MAX)
                throw new PolicyFailed(
                        Fault.in(file.toString())
                                .problem("is longer than %d bytes".formatted(LENGTH_MAX)));
            entry = BoundedJson.object(text, BoundedJson.Rules.USUAL, Fault.in(file.toString()));
        } catch (ImageException e) {
            // It is unknown whether the policy is safe to run: a person has to decide.
            throw new PolicyFailed(
                    e.fault().remedy("remove the file to run the policy " + policy.name()), e);
        }
        if (!entry.path("digest").asText().equals(policy.digest())) return Optional.empty();
        return Optional.of(
                new LoadedSet.Quarantined(
                        policy.name(),
                        entry.path("reason").asText(),
                        entry.path("time").asText(),
                        entry.path("source").asText(),
                        file));
    }

    /** Disables a policy for later runs. */
    Path put(Policy policy, String source, String time, String reason) throws IOException {
        ObjectNode entry =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("policy", policy.name())
                        .put("digest", policy.digest())
                        .put("time", time)
                        .put("source", source)
                        .put(
                                "reason",
                                reason.length() <= REASON_MAX
                                        ? reason
                                        : reason.substring(0, REASON_MAX) + "…");
        if (!Files.isDirectory(folder)) Files.createDirectories(folder);
        byte[] bytes = (entry + "\n").getBytes(StandardCharsets.UTF_8);
        Path file = file(policy.name());
        try (PendingFile pending = PendingFile.create(file, true)) {
            pending.sink().write(MemorySegment.ofArray(bytes).asReadOnly());
            pending.deliver();
        }
        return file;
    }
}
