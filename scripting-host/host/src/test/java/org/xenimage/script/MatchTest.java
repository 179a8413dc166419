package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.MatchPattern;
import org.xenimage.tests.testkit.ProcessorTime;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Patterns of headers run before any limit of a script holds, over text of a hostile image. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MatchTest {
    @ParameterizedTest
    @CsvSource({
        "web-*,web-1,true",
        "web-*,db-web-1,false",
        "*-web,my-web,true",
        "*-web,my-web-1,false",
        "w?b,web,true",
        "w?b,weeb,false",
        "a.b*,axb,false",
        "*,'',true",
        "[ab]*,a,false"
    })
    void globCoversTheWholeText(String glob, String text, boolean found) {
        assertEquals(found, MatchPattern.glob(glob).found(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^(?:a|b)*$",
                "(a+)+$",
                "(a|aa)+$",
                "(.*a){20}$",
                "(x+x+)+y",
                "^(a?){50}a{20}$"
            })
    void noExpressionTakesLongOrDeepOverAnyText(String expression) {
        MatchPattern pattern = MatchPattern.expression(expression, "");
        String text = "ab".repeat(30_000) + "a".repeat(5_000) + "!";
        var time = ProcessorTime.start();
        pattern.found(text);
        time.requireAtMost(Duration.ofSeconds(20), expression);
    }

    @ParameterizedTest
    @CsvSource({
        "(?=a)b,`(?=a`",
        "(a)\\1,`\\1`",
        "(?<!a)b,look-around",
        "a{1000}b{1000},counts multiply",
        "((a{100}){100}){100},counts multiply",
        "a**,`**`",
        "(,`(`"
    })
    void whatRunsInNoLinearTimeIsRefusedWithTheHeader(String expression, String output) {
        String message =
                String.valueOf(
                        assertThrows(
                                        ImageException.class,
                                        () ->
                                                SampleRuns.host()
                                                        .parse(
                                                                "m.js",
                                                                Language.JAVASCRIPT,
                                                                "export const policy = {api: 1, match: {name: /"
                                                                        + expression
                                                                        + "/}};"))
                                .getMessage());
        assertTrue(message.startsWith("m.js:1:1: policy header: match.name: "), message);
        assertTrue(message.contains(output) || message.contains("look-around"), message);
    }

    @Test
    void escapesOfJavaScriptMeanWhatTheyMeanThere() {
        assertTrue(MatchPattern.expression("^\\u0041\\u{42}\\d\\/$", "").found("AB7/"));
        assertTrue(MatchPattern.expression("^web", "im").found("db\nWEB"));
        assertFalse(MatchPattern.expression("a.b", "").found("a\nb"));
        assertTrue(MatchPattern.expression("a.b", "s").found("a\nb"));
    }

    @Test
    void nameThatIsTooLongToBeMatchedEvadesNoPolicy() throws ImageException {
        var policy =
                SampleRuns.host()
                        .parse(
                                "m.js",
                                Language.JAVASCRIPT,
                                "export const policy = {api: 1, match: {name: 'web-*'}};");
        assertThrows(
                IllegalArgumentException.class,
                () -> policy.match().mismatch(named("x".repeat(1 << 18))));
        assertEquals(
                Optional.of("name is db-1, not \"web-*\""), policy.match().mismatch(named("db-1")));
        assertEquals(Optional.empty(), policy.match().mismatch(named("web-9")));
    }

    private static ImageFacts named(String name) {
        return new ImageFacts("xl", "hvm", "4.17", 3, 4096, Optional.of(name), Optional.empty());
    }
}
