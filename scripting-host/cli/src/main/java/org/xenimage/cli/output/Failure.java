package org.xenimage.cli.output;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.fault.UnsupportedRecord;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.image.io.HeapBounds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Why a command ends without success: one line for a person, one object for a program.
 *
 * <p>Every exception of a command becomes one of these, and its message is made only here. So
 * nothing that is internal can get into a message: no class name, no name of a file that has not
 * got its own yet, no text that a library wrote for programmers.
 *
 * @param kind of the failure
 * @param message one line, without the program's name
 * @param code lines of a policy around the place, for a person
 * @param fault the parts of the message; empty if the machine is at fault
 */
public record Failure(Kind kind, String message, List<String> code, Optional<Fault> fault) {
    /** A file that is written under another name until it is whole. */
    private static final Pattern UNNAMED = Pattern.compile("\\.([^/\\s]+?)\\.xenimage-\\d+");

    /** Copies the list. */
    public Failure {
        code = List.copyOf(code);
    }

    /** What is at fault. */
    public enum Kind {
        /** A policy refused. */
        VETOED,
        /** The image is truncated or corrupt. */
        DAMAGED,
        /** The image is of a version or has a record that xenimage does not know. */
        UNSUPPORTED,
        /** The image is encrypted, and no key fits. */
        KEY,
        /** A policy failed, or could not be loaded. */
        POLICY_ERROR,
        /** What was asked for cannot be done with this image. */
        REFUSED,
        /** The machine: a file, a pipe, a disk, memory. */
        IO,
        /** The command line. */
        USAGE,
        /** Xenimage itself. */
        BUG;

        /** {@return as JSON has it, such as {@code policy-error}} */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** {@return the exit status of a command that fails with it} */
        public int status() {
            return switch (this) {
                case VETOED, DAMAGED, UNSUPPORTED, KEY, POLICY_ERROR, REFUSED, IO ->
                        ExitStatus.AT_FAULT;
                case USAGE -> ExitStatus.USAGE;
                case BUG -> ExitStatus.BUG;
            };
        }
    }

    /**
     * What a command ended with.
     *
     * @param thrown by it
     * @return the failure
     */
    public static Failure of(Throwable thrown) {
        return switch (lackOfMemory(thrown).map(Throwable.class::cast).orElse(thrown)) {
            case CommandFailed e -> plain(e.kind(), text(e));
            case ImageException e -> of(e);
            case UncheckedIOException e when e.getCause() != null -> of(e.getCause());
            case JsonProcessingException e -> plain(Kind.DAMAGED, json(e));
            case FileSystemException e -> plain(Kind.IO, file(e));
            case InvalidPathException e ->
                    plain(
                            Kind.USAGE,
                            "%s: is not a valid file name on this machine".formatted(e.getInput()));
            case IOException e -> plain(Kind.IO, text(e));
            case OutOfMemoryError e -> plain(Kind.IO, memory(e));
            default ->
                    plain(
                            Kind.BUG,
                            "this is a bug in xenimage; please report it with the text below");
        };
    }

    /** The lack of memory that a failure came of, in this thread or another. */
    private static Optional<OutOfMemoryError> lackOfMemory(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 16; depth++, cause = cause.getCause())
            if (cause instanceof OutOfMemoryError memory) return Optional.of(memory);
        return Optional.empty();
    }

    private static String memory(OutOfMemoryError e) {
        if (text(e).contains("direct"))
            return "out of memory outside the heap; to allow more: XENIMAGE_JAVA_OPTS=-XX:MaxDirectMemorySize=1g";
        long heap = HeapBounds.here().heap() >> 20;
        return "out of memory with a heap of %d MiB; to allow more: XENIMAGE_JAVA_OPTS=-Xmx%dm"
                .formatted(heap, Math.max(256, 4 * heap));
    }

    /**
     * A command line that cannot be run.
     *
     * @param problem with it
     * @return the failure
     */
    public static Failure usage(String problem) {
        return plain(Kind.USAGE, problem);
    }

    /**
     * A command that has already reported its failure.
     *
     * @param line the last that it said
     * @return the failure
     */
    public static Failure ofMessage(String line) {
        String message = line.replaceFirst("^xenimage: ", "");
        boolean vetoed = message.contains("vetoed: ");
        return plain(
                vetoed ? Kind.VETOED : Kind.IO,
                message.isEmpty() ? "failed without a reason" : message);
    }

    private static Failure plain(Kind kind, String message) {
        return new Failure(kind, named(message), List.of(), Optional.empty());
    }

    private static Failure of(ImageException e) {
        Kind kind =
                switch (e) {
                    case TruncatedImage _, CorruptImage _, LimitExceeded _ -> Kind.DAMAGED;
                    case UnsupportedFormat _, UnsupportedVersion _, UnsupportedRecord _ ->
                            Kind.UNSUPPORTED;
                    case KeyRefused _ -> Kind.KEY;
                    case PolicyRejected rejected ->
                            rejected.fault().problem().startsWith("vetoed")
                                    ? Kind.VETOED
                                    : Kind.POLICY_ERROR;
                    case PolicyFailed _ -> Kind.POLICY_ERROR;
                };
        String line = e.fault().message();
        String full = text(e);
        List<String> code =
                full.startsWith(line)
                        ? full.substring(line.length()).lines().filter(l -> !l.isEmpty()).toList()
                        : List.of();
        return new Failure(kind, named(line), code, Optional.of(e.fault()));
    }

    private static String text(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isEmpty() ? "failed without a reason" : message;
    }

    /** The name that a file is to get, for the one that it has until it is whole. */
    private static String named(String message) {
        return UNNAMED.matcher(message).replaceAll("$1");
    }

    private static String json(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        String problem = "is not valid JSON: " + firstLine(LibraryCall.reason(e));
        return location == null
                ? problem
                : "line %d, column %d: %s"
                        .formatted(location.getLineNr(), location.getColumnNr(), problem);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String file(FileSystemException e) {
        String name = e.getFile() == null ? "a file" : e.getFile();
        return switch (e) {
            case NoSuchFileException _ -> name + ": no such file or directory";
            case AccessDeniedException _ -> name + ": permission denied";
            case FileAlreadyExistsException _ -> name + ": already exists";
            case DirectoryNotEmptyException _ -> name + ": is not empty";
            case NotDirectoryException _ -> name + ": is not a directory";
            default -> name + ": " + (e.getReason() == null ? "input/output error" : e.getReason());
        };
    }

    /**
     * Prints the failure for a person.
     *
     * @param err takes the lines
     */
    public void print(TextOutput err) {
        err.println("xenimage: " + message);
        code.forEach(err::println);
    }

    /** {@return what {@code --json} prints: {@link #json} as {@code error}} */
    public ObjectNode report() {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.set("error", json());
        return report;
    }

    /** {@return the parts of the failure} */
    public ObjectNode json() {
        ObjectNode error =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("kind", kind.id())
                        .put("message", message);
        fault.ifPresent(place -> {
            put(error, "source", named(place.source()));
            if (place.offset() != Fault.NO_OFFSET) error.put("offset", place.offset());
            put(error, "element", place.element());
            put(error, "field", place.field());
            put(error, "problem", place.problem());
            put(error, "expected", place.expected());
            put(error, "found", place.found());
            put(error, "remedy", place.remedy());
        });
        return error;
    }

    private static void put(ObjectNode error, String name, String value) {
        if (!value.isEmpty()) error.put(name, value);
    }
}
