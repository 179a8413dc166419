package org.xenimage.image.foreign;

import com.fasterxml.jackson.core.JacksonException;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;

import java.io.CharConversionException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.regex.Pattern;

/**
 * The boundary to the libraries that decode what an image holds: zstd, JSON, ciphers, signatures.
 *
 * <p>A library says in its own way that its input is wrong: an error code, a checked exception, a
 * runtime exception, a stack that overflows. This boundary turns all of them into a
 * {@link CorruptImage} that names the place. Other failures pass unchanged: an {@link IOException}
 * of the file, and a lack of memory.
 */
public final class LibraryCall {
    private static final Pattern INTERNAL =
            Pattern.compile(
                    "(?s)(\\n| at \\[Source| \\(through reference chain).*|"
                            + "\\b(?:[a-z][a-z0-9_]*\\.){2,}(?=[A-Z])|"
                            + ",? from `[A-Za-z.]+\\(\\)`(?=\\))");

    private LibraryCall() {}

    /**
     * A call of a library.
     *
     * @param <T> what it returns
     */
    @FunctionalInterface
    public interface Call<T> {
        /**
         * Calls the library.
         *
         * @return its result
         * @throws Exception whatever the library throws
         */
        T run() throws Exception;
    }

    /**
     * Decodes bytes of an image.
     *
     * @param place what is decoded, for the message
     * @param format what the bytes should be, such as {@code "JSON"} or {@code "a zstd frame"}
     * @param call the call of the library
     * @param <T> what it returns
     * @return the result of the call
     * @throws CorruptImage if the library rejects the bytes, in any way
     * @throws IOException as the call throws it, if it is not about the bytes
     */
    public static <T> T decode(Fault place, String format, Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (JacksonException | CharacterCodingException | CharConversionException e) {
            throw rejected(place, format, e);
        } catch (IOException e) {
            throw e;
        } catch (Exception | StackOverflowError e) {
            if (e instanceof InterruptedException) Thread.currentThread().interrupt();
            throw rejected(place, format, e);
        }
    }

    /**
     * Decodes bytes that are in memory.
     *
     * @param place what is decoded, for the message
     * @param format what the bytes should be
     * @param call the call of the library
     * @param <T> what it returns
     * @return the result of the call
     * @throws ImageException if the library rejects the bytes, in any way
     */
    public static <T> T decodeInMemory(Fault place, String format, Call<T> call)
            throws ImageException {
        try {
            return decode(place, format, call);
        } catch (ImageException e) {
            throw e;
        } catch (IOException e) {
            throw rejected(place, format, e);
        }
    }

    private static CorruptImage rejected(Fault place, String format, Throwable e) {
        return new CorruptImage(place.problem("is not valid " + format + ": " + reason(e)), e);
    }

    /**
     * What a library says of its input, without the names of its classes.
     *
     * @param failure that it threw
     * @return one line, never empty
     */
    public static String reason(Throwable failure) {
        if (failure instanceof StackOverflowError) return "it is nested too deeply";
        String message =
                failure instanceof JacksonException json
                        ? json.getOriginalMessage()
                        : failure.getMessage();
        String line = message == null ? "" : INTERNAL.matcher(message).replaceAll("").strip();
        return line.isEmpty() ? "it cannot be decoded" : line;
    }
}
