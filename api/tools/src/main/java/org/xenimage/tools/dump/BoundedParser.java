package org.xenimage.tools.dump;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.RecordFrame;

import java.io.IOException;

/** A parser that limits the memory of one element, whichever code pulls the tokens. */
final class BoundedParser extends JsonParserDelegate {
    /** A body of the greatest length in hex, and as much again of all else. */
    private static final long BYTES_MAX = 3 * RecordFrame.BODY_LENGTH_MAX;

    /** Four times what the fields of the longest body that a dump takes apart have. */
    private static final long TOKENS_MAX = 4L * DumpFiles.FIELDS_BODY_MAX;

    private long start;
    private long tokens;

    BoundedParser(JsonParser parser) {
        super(parser);
    }

    /** Begins to count again. */
    void nextElement() {
        start = delegate.currentLocation().getByteOffset();
        tokens = 0;
    }

    /** Takes back the last tokens from the count: they are kept in a compact form. */
    void uncounted(int last) {
        tokens -= last;
    }

    @Override
    public @Nullable JsonToken nextToken() throws IOException {
        JsonToken token = delegate.nextToken();
        if (++tokens > TOKENS_MAX)
            throw new StreamConstraintsException(
                    "more than " + TOKENS_MAX + " values in one element",
                    delegate.currentLocation());
        boolean text = token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME;
        if (text && delegate.currentLocation().getByteOffset() - start > BYTES_MAX)
            throw new StreamConstraintsException(
                    "more than " + BYTES_MAX + " bytes in one element", delegate.currentLocation());
        return token;
    }

    @Override
    public @Nullable String nextFieldName() throws IOException {
        return nextToken() == JsonToken.FIELD_NAME ? currentName() : null;
    }
}
