package org.xenimage.script.explain;

import org.xenimage.script.explain.ChangeLine.Kind;

import java.util.ArrayList;
import java.util.List;

/**
 * The shortest edit between two lists of lines, by Myers' algorithm, as a unified diff without its heading.
 *
 * <p>If more than {@link #DISTANCE_MAX} lines differ, they are not aligned: all lines between the first and the last
 * difference are shown as removed and added. Memory grows with the square of the distance.
 */
final class LineDiff {
    /** How many lines may differ. */
    private static final int DISTANCE_MAX = 800;

    /** Lines around a change. */
    private static final int CONTEXT = 3;

    private final List<String> before;
    private final List<String> after;
    private final List<ChangeLine> script = new ArrayList<>();

    private LineDiff(List<String> before, List<String> after) {
        this.before = before;
        this.after = after;
    }

    /** The hunks, each after a line such as {@code @@ -3,7 +3,8 @@}; empty for equal lists. */
    static List<ChangeLine> hunks(List<String> before, List<String> after) {
        LineDiff diff = new LineDiff(before, after);
        diff.align();
        return diff.hunks();
    }

    private void align() {
        int start = 0;
        int shorter = Math.min(before.size(), after.size());
        while (start < shorter && before.get(start).equals(after.get(start))) start++;
        int tail = 0;
        while (tail < shorter - start
                && before.get(before.size() - 1 - tail).equals(after.get(after.size() - 1 - tail)))
            tail++;
        for (int i = 0; i < start; i++) add(Kind.CONTEXT, before.get(i));
        middle(
                before.subList(start, before.size() - tail),
                after.subList(start, after.size() - tail));
        for (int i = before.size() - tail; i < before.size(); i++) add(Kind.CONTEXT, before.get(i));
    }

    private void add(Kind kind, String line) {
        script.add(new ChangeLine(kind, line));
    }

    private void middle(List<String> from, List<String> to) {
        List<int[]> frontiers = frontiers(from, to);
        if (frontiers.isEmpty()) {
            from.forEach(line -> add(Kind.REMOVED, line));
            to.forEach(line -> add(Kind.ADDED, line));
            return;
        }
        List<ChangeLine> reversed = new ArrayList<>();
        int x = from.size();
        int y = to.size();
        for (int d = frontiers.size() - 1; d > 0; d--) {
            int[] last = frontiers.get(d - 1);
            int k = x - y;
            boolean down = k == -d || (k != d && at(last, k - 1) < at(last, k + 1));
            int startX = at(last, down ? k + 1 : k - 1);
            int startY = startX - (down ? k + 1 : k - 1);
            while (x > startX + (down ? 0 : 1) && y > startY + (down ? 1 : 0)) {
                x--;
                y--;
                reversed.add(new ChangeLine(Kind.CONTEXT, from.get(x)));
            }
            if (down) reversed.add(new ChangeLine(Kind.ADDED, to.get(--y)));
            else reversed.add(new ChangeLine(Kind.REMOVED, from.get(--x)));
        }
        while (x > 0) reversed.add(new ChangeLine(Kind.CONTEXT, from.get(--x)));
        script.addAll(reversed.reversed());
    }

    /** How far each diagonal is reached with 0, 1, 2 … edits; empty if too many are needed. */
    private static List<int[]> frontiers(List<String> from, List<String> to) {
        List<int[]> frontiers = new ArrayList<>();
        int[] last = {0};
        for (int d = 0; d <= DISTANCE_MAX; d++) {
            int[] now = new int[2 * d + 1];
            for (int k = -d; k <= d; k += 2) {
                boolean down = k == -d || (k != d && at(last, k - 1) < at(last, k + 1));
                int x = d == 0 ? 0 : down ? at(last, k + 1) : at(last, k - 1) + 1;
                while (x < from.size() && x - k < to.size() && from.get(x).equals(to.get(x - k)))
                    x++;
                now[k + d] = x;
                if (x >= from.size() && x - k >= to.size()) {
                    frontiers.add(now);
                    return frontiers;
                }
            }
            frontiers.add(now);
            last = now;
        }
        return List.of();
    }

    private static int at(int[] frontier, int diagonal) {
        return frontier[diagonal + frontier.length / 2];
    }

    private List<ChangeLine> hunks() {
        List<ChangeLine> hunks = new ArrayList<>();
        int at = 0;
        int oldLine = 1;
        int newLine = 1;
        while (at < script.size()) {
            int next = at;
            while (next < script.size() && same(next)) next++;
            if (next == script.size()) break;
            int start = Math.max(at, next - CONTEXT);
            oldLine += start - at;
            newLine += start - at;
            int end = next;
            for (int i = next; i < script.size() && i < end + 2 * CONTEXT + 1; i++)
                if (!same(i)) end = i;
            end = Math.min(script.size(), end + CONTEXT + 1);
            List<ChangeLine> hunk = script.subList(start, end);
            int removed = count(hunk, Kind.ADDED);
            int added = count(hunk, Kind.REMOVED);
            hunks.add(
                    new ChangeLine(
                            Kind.HEADING,
                            "@@ -%d,%d +%d,%d @@".formatted(oldLine, removed, newLine, added)));
            for (ChangeLine line : hunk) hunks.add(new ChangeLine(line.kind(), signed(line)));
            oldLine += removed;
            newLine += added;
            at = end;
        }
        return hunks;
    }

    private boolean same(int index) {
        return script.get(index).kind() == Kind.CONTEXT;
    }

    /** The lines of one side: all but those of the other. */
    private static int count(List<ChangeLine> hunk, Kind other) {
        return (int) hunk.stream().filter(line -> line.kind() != other).count();
    }

    private static String signed(ChangeLine line) {
        return switch (line.kind()) {
            case REMOVED -> "-" + line.text();
            case ADDED -> "+" + line.text();
            case CONTEXT, HEADING, CHANGED, MORE -> " " + line.text();
        };
    }
}
