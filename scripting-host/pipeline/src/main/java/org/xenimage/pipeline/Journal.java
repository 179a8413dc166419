package org.xenimage.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The journal of a bulk run, appended to only; each line is on disk when {@link #deliver} returns.
 *
 * <p>Safe for use by several threads. An incomplete last line was being written when the run ended,
 * and is ignored; any other bad line makes the journal unusable.
 */
final class Journal implements Closeable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String BEFORE = "{\"crc32c\":\"";
    private static final String BETWEEN = "\",\"entry\":";
    private static final int SUM_DIGITS = 8;
    private static final int VERSION = 1;

    private final Path file;
    private final FileChannel channel;
    private long length;

    /**
     * An image whose output is complete and on disk.
     *
     * @param name of the image
     * @param temporary the name that the output has until it is put in its place
     * @param size of the input
     * @param modified when the input was last, as text
     * @param input the input's SHA-256
     * @param outputSize of the output
     * @param output the output's SHA-256
     * @param edits by all policies
     */
    record Delivery(
            String name,
            String temporary,
            long size,
            String modified,
            String input,
            long outputSize,
            String output,
            long edits) {
        boolean isOf(ImageTree.Item item) {
            return item.size() == size && item.modified().toString().equals(modified);
        }
    }

    /**
     * What a journal says.
     *
     * @param options what the results depend on, by what it is called in messages
     * @param time that policies see
     * @param deliveries by the image's name, the last of each
     * @param length of the lines that are whole
     */
    record Past(
            SequencedMap<String, String> options,
            String time,
            SequencedMap<String, Delivery> deliveries,
            long length) {}

    private Journal(Path file, FileChannel channel, long length) {
        this.file = file;
        this.channel = channel;
        this.length = length;
    }

    /**
     * Begins a journal, or continues with one.
     *
     * @param file the journal
     * @param length of what is kept of it
     * @return the journal
     * @throws IOException if it cannot be written
     */
    static Journal open(Path file, long length) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.truncate(length);
        return new Journal(file, channel, length);
    }

    /**
     * Writes down what the results depend on.
     *
     * @param options by what it is called in messages
     * @param time that policies see
     * @throws IOException if it cannot be written
     */
    void begin(SequencedMap<String, String> options, String time) throws IOException {
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        entry.put("journal", VERSION).put("time", time);
        ObjectNode all = entry.putObject("options");
        options.forEach(all::put);
        append(entry);
    }

    /**
     * Writes down that an output is whole.
     *
     * @param delivery to be put in its place next
     * @throws IOException if it cannot be written; the journal is as before then
     */
    void deliver(Delivery delivery) throws IOException {
        append(
                JsonNodeFactory.instance
                        .objectNode()
                        .put("file", delivery.name())
                        .put("new", delivery.temporary())
                        .put("size", delivery.size())
                        .put("modified", delivery.modified())
                        .put("sha256", delivery.input())
                        .put("outputSize", delivery.outputSize())
                        .put("outputSha256", delivery.output())
                        .put("edits", delivery.edits()));
    }

    private synchronized void append(ObjectNode entry) throws IOException {
        String text = entry.toString();
        String line = BEFORE + sum(text) + BETWEEN + text + "}\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        try {
            long at = length;
            while (bytes.hasRemaining()) at += channel.write(bytes, at);
            channel.force(false);
            length = at;
        } catch (IOException e) {
            try {
                channel.truncate(length); // an incomplete line must not precede complete ones
            } catch (IOException worse) {
                e.addSuppressed(worse);
            }
            throw new IOException(file + ": " + ImageTree.reason(e), e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Reads a journal.
     *
     * @param file the journal
     * @return its content; empty if there is none, or its first line is incomplete
     * @throws IOException a {@link BulkRefused} if a line that is not the last is damaged
     */
    static Optional<Past> read(Path file) throws IOException {
        if (!Files.exists(file)) return Optional.empty();
        List<JsonNode> entries = new ArrayList<>();
        long intact = 0;
        try (FileLines lines = new FileLines(file)) {
            for (int number = 1; lines.next(); number++) {
                Optional<JsonNode> entry = lines.ended() ? entry(lines.text()) : Optional.empty();
                if (entry.isEmpty()) {
                    if (lines.last()) break;
                    throw damaged(file, number, "has a wrong checksum");
                }
                entries.add(entry.get());
                intact = lines.position();
            }
        }
        if (entries.isEmpty()) return Optional.empty();
        SequencedMap<String, String> options = new TreeMap<>();
        String time = "";
        SequencedMap<String, Delivery> deliveries = new LinkedHashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            JsonNode entry = entries.get(i);
            if (entry.has("journal")) {
                if (entry.path("journal").asInt() != VERSION)
                    throw damaged(file, i + 1, "was written by another version of xenimage");
                options = new TreeMap<>();
                for (var option : entry.path("options").properties())
                    options.put(option.getKey(), option.getValue().asText());
                time = entry.path("time").asText();
            } else {
                Delivery delivery = delivery(entry);
                deliveries.putLast(delivery.name(), delivery);
            }
        }
        return Optional.of(new Past(options, time, deliveries, intact));
    }

    private static BulkRefused damaged(Path file, int line, String problem) {
        return new BulkRefused(
                "%s: line %d %s; start again with another --out, or use --force"
                        .formatted(file, line, problem));
    }

    private static Delivery delivery(JsonNode entry) {
        return new Delivery(
                entry.path("file").asText(),
                entry.path("new").asText(),
                entry.path("size").asLong(),
                entry.path("modified").asText(),
                entry.path("sha256").asText(),
                entry.path("outputSize").asLong(),
                entry.path("outputSha256").asText(),
                entry.path("edits").asLong());
    }

    /** What a line says, if it is whole. */
    private static Optional<JsonNode> entry(String line) {
        int from = BEFORE.length() + SUM_DIGITS + BETWEEN.length();
        if (line.length() <= from || !line.startsWith(BEFORE) || !line.endsWith("}"))
            return Optional.empty();
        String text = line.substring(from, line.length() - 1);
        if (!line.startsWith(sum(text) + BETWEEN, BEFORE.length())) return Optional.empty();
        try {
            return Optional.of(JSON.readTree(text));
        } catch (JsonProcessingException | RuntimeException e) {
            return Optional.empty(); // some numbers are errors of the library's own
        }
    }

    private static String sum(String text) {
        var sum = new CRC32C();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(sum.getValue());
    }
}
