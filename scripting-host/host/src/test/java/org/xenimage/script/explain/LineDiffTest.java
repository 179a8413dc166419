package org.xenimage.script.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.script.explain.ChangeLine.Kind;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class LineDiffTest {
    private static final Pattern HUNK = Pattern.compile("@@ -(\\d+),(\\d+) \\+(\\d+),(\\d+) @@");

    /** What patch makes of the first list, if every line of context and removal is where the hunks say. */
    private static List<String> patched(List<String> before, List<ChangeLine> hunks) {
        List<String> made = new ArrayList<>();
        int at = 0;
        for (ChangeLine line : hunks) {
            if (line.kind() == Kind.HEADING) {
                Matcher hunk = HUNK.matcher(line.text());
                assertTrue(hunk.matches(), line.text());
                while (at < Integer.parseInt(hunk.group(1)) - 1) made.add(before.get(at++));
                assertEquals(made.size(), Integer.parseInt(hunk.group(3)) - 1);
                continue;
            }
            String text = line.text().substring(1);
            if (line.kind() != Kind.ADDED) assertEquals(before.get(at++), text);
            if (line.kind() != Kind.REMOVED) made.add(text);
        }
        while (at < before.size()) made.add(before.get(at++));
        return made;
    }

    private static int distance(List<String> before, List<String> after) {
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--)
            for (int j = after.size() - 1; j >= 0; j--)
                common[i][j] =
                        before.get(i).equals(after.get(j))
                                ? common[i + 1][j + 1] + 1
                                : Math.max(common[i + 1][j], common[i][j + 1]);
        return before.size() + after.size() - 2 * common[0][0];
    }

    @Test
    void aDiffIsTheShortestPatch() {
        Random random = new Random(7);
        for (int round = 0; round < 3000; round++) {
            List<String> before = lines(random, random.nextInt(30));
            List<String> after = random.nextBoolean() ? lines(random, 20) : new ArrayList<>(before);
            for (int i = random.nextInt(4); i > 0 && !after.isEmpty(); i--)
                after.set(random.nextInt(after.size()), "edited " + random.nextInt(3));
            List<ChangeLine> hunks = LineDiff.hunks(before, after);
            assertEquals(after, patched(before, hunks));
            long changed =
                    hunks.stream()
                            .filter(line ->
                                    line.kind() == Kind.ADDED || line.kind() == Kind.REMOVED)
                            .count();
            assertEquals(distance(before, after), changed);
            assertEquals(before.equals(after), hunks.isEmpty());
        }
    }

    private static List<String> lines(Random random, int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) lines.add("line " + random.nextInt(6));
        return lines;
    }

    @Test
    void whatDiffersEverywhereIsReplacedAsAWhole() {
        List<String> before = new ArrayList<>(Collections.nCopies(5000, "a"));
        List<String> after = new ArrayList<>(Collections.nCopies(5000, "b"));
        before.addFirst("first");
        after.addFirst("first");
        assertEquals(after, patched(before, LineDiff.hunks(before, after)));
    }
}
