package org.xenimage.script.test;

import org.xenimage.script.policy.MatchPattern;
import org.xenimage.script.yaml.Located;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A text that must occur in another one, or a pattern between slashes, which is matched in linear time.
 *
 * @param text to occur
 * @param pattern in its place
 */
record TextMatch(String text, Optional<MatchPattern> pattern) {
    private static final Pattern SLASHES = Pattern.compile("/(.*)/([ims]*)", Pattern.DOTALL);

    static TextMatch of(Located spec) {
        String text = spec.text();
        var slashes = SLASHES.matcher(text);
        if (!slashes.matches()) return new TextMatch(text, Optional.empty());
        try {
            return new TextMatch(
                    text, Optional.of(MatchPattern.expression(slashes.group(1), slashes.group(2))));
        } catch (IllegalArgumentException e) {
            throw spec.rejected(String.valueOf(e.getMessage()));
        }
    }

    boolean in(String found) {
        return pattern.isPresent() ? pattern.get().found(found) : found.contains(text);
    }
}
