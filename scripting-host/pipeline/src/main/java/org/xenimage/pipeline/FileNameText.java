package org.xenimage.pipeline;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Names of files as texts, one to one. A path's own text depends on the locale, and under that of a cron job everything
 * beyond ASCII would become a question mark.
 */
final class FileNameText {
    private FileNameText() {}

    /**
     * Names a file.
     *
     * @param path relative
     * @return its bytes as UTF-8; if they are not UTF-8, {@code //} (no relative path begins so) and the bytes as in a
     *     URI
     */
    static String of(Path path) {
        var name = new StringBuilder();
        var raw = new StringBuilder();
        boolean utf8 = true;
        for (Path part : path) {
            String escaped = escaped(part);
            if (!raw.isEmpty()) {
                raw.append('/');
                name.append('/');
            }
            raw.append(escaped);
            try {
                name.append(decoded(escaped));
            } catch (CharacterCodingException e) {
                utf8 = false;
            }
        }
        return utf8 ? name.toString() : "//" + raw;
    }

    /** The bytes of one element of a path, as in a URI. */
    private static String escaped(Path part) {
        if (part.toString().isEmpty()) return "";
        String uri = part.getFileSystem().getPath("/").resolve(part).toUri().getRawPath();
        int end = uri.endsWith("/") ? uri.length() - 1 : uri.length();
        return uri.substring(1, end);
    }

    private static String decoded(String escaped) throws CharacterCodingException {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length(); i++) {
            if (escaped.charAt(i) == '%') {
                bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
                i += 2;
            } else bytes.write(escaped.charAt(i));
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes.toByteArray()))
                .toString();
    }
}
