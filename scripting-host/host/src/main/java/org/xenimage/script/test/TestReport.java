package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;

import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * The results of a run of tests, and what of the policies ran.
 *
 * @param results in the order in which they came
 * @param covered what ran of each policy; none if that was not recorded
 */
public record TestReport(List<TestResult> results, List<TestRunner.Covered> covered) {
    private static final int DIFFERENCES = 20;

    /** Copies the lists. */
    public TestReport {
        results = List.copyOf(results);
        covered = List.copyOf(covered);
    }

    /** {@return whether there are tests, and all passed} */
    public boolean passed() {
        return !results.isEmpty() && count(TestResult.Status.PASSED) == results.size();
    }

    /**
     * Counts results.
     *
     * @param status that is counted
     * @return how many have it
     */
    public long count(TestResult.Status status) {
        return results.stream().filter(result -> result.status() == status).count();
    }

    /** {@return the time that the tests took together} */
    public Duration took() {
        return results.stream().map(TestResult::took).reduce(Duration.ZERO, Duration::plus);
    }

    /**
     * A result for people: one line, and below it what is not as the test says.
     *
     * @param result to show
     * @param secrets hides values of keys that look secret
     * @return the lines
     */
    public static List<String> lines(TestResult result, Secrets secrets) {
        List<String> lines = new ArrayList<>();
        String status =
                switch (result.status()) {
                    case PASSED -> "ok    ";
                    case FAILED -> "FAILED";
                    case BROKEN -> "BROKEN";
                };
        lines.add(status + " " + title(result));
        for (Mismatch mismatch : result.mismatches())
            for (String line : lines(mismatch, secrets)) lines.add("  " + line);
        if (result.status() != TestResult.Status.PASSED)
            for (String line : result.output()) lines.add("  | " + secrets.hide(line));
        return lines;
    }

    private static String title(TestResult result) {
        String title = result.file();
        if (!result.name().isEmpty()) title += ": " + result.name();
        return result.policy().isEmpty() ? title : title + " (" + result.policy() + ")";
    }

    private static List<String> lines(Mismatch mismatch, Secrets secrets) {
        List<String> lines = new ArrayList<>();
        String place = mismatch.place().isEmpty() ? "" : mismatch.place() + ": ";
        secrets.hide(mismatch.what())
                .lines()
                .forEach(line -> lines.add(lines.isEmpty() ? place + line : line));
        differences(mismatch, secrets).forEach(line -> lines.add("  " + line));
        mismatch.frame().lines().filter(line -> !line.isEmpty()).forEach(lines::add);
        return lines;
    }

    /** What is expected and what was found; of trees, only the parts that differ. */
    private static List<String> differences(Mismatch mismatch, Secrets secrets) {
        List<String> lines = new ArrayList<>();
        Optional<JsonNode> expected =
                mismatch.expected().map(tree -> secrets.hide(mismatch.what(), tree));
        Optional<JsonNode> found =
                mismatch.found().map(tree -> secrets.hide(mismatch.what(), tree));
        boolean trees =
                expected.isPresent()
                        && found.isPresent()
                        && expected.get().isContainerNode()
                        && found.get().isContainerNode()
                        && expected.get().isArray() == found.get().isArray();
        if (!trees) {
            if (mismatch.expected().isPresent() || mismatch.found().isPresent()) {
                expected.ifPresent(tree -> lines.add("- expected " + tree));
                lines.add("+ found    " + found.map(JsonNode::toString).orElse("nothing"));
            }
            return lines;
        }
        List<TreeEdit> edits =
                TreeDiff.compare(expected.orElseThrow(), found.orElseThrow()).edits();
        for (TreeEdit edit : edits.stream().limit(DIFFERENCES).toList()) {
            lines.add(edit.path());
            lines.add("- expected " + edit.before().map(JsonNode::toString).orElse("nothing"));
            lines.add("+ found    " + edit.after().map(JsonNode::toString).orElse("nothing"));
        }
        if (edits.size() > DIFFERENCES)
            lines.add("… and %d more differences".formatted(edits.size() - DIFFERENCES));
        return lines;
    }

    /** {@return the counts in one line} */
    public String summary() {
        if (results.isEmpty()) return "no tests found";
        var text = new StringBuilder("%d passed".formatted(count(TestResult.Status.PASSED)));
        long failed = count(TestResult.Status.FAILED);
        long broken = count(TestResult.Status.BROKEN);
        if (failed > 0) text.append(", ").append(failed).append(" failed");
        if (broken > 0) text.append(", ").append(broken).append(" broken");
        return text.append(seconds(", in %.1f s")).toString();
    }

    private String seconds(String format) {
        return String.format(Locale.ROOT, format, took().toMillis() / 1000.0);
    }

    /** {@return what ran of each policy, for people} */
    public List<String> coverage() {
        List<String> lines = new ArrayList<>();
        for (TestRunner.Covered one : covered) {
            BitSet missed = one.lines().missed();
            int all = one.lines().statements().cardinality();
            int percent = all == 0 ? 100 : 100 * (all - missed.cardinality()) / all;
            var line =
                    new StringBuilder(
                            "%3d %%  %s: %d of %d lines, %d of %d hooks"
                                    .formatted(
                                            percent,
                                            one.policy().file(),
                                            all - missed.cardinality(),
                                            all,
                                            one.called().size(),
                                            one.hooks().size()));
            if (!missed.isEmpty()) line.append("; not run: line ").append(ranges(missed));
            String hooks = notCalled(one);
            if (!hooks.isEmpty()) line.append("; not called: ").append(hooks);
            lines.add(line.toString());
        }
        return lines;
    }

    private static String notCalled(TestRunner.Covered one) {
        return one.hooks().stream()
                .filter(hook -> !one.called().contains(hook))
                .sorted()
                .map(hook -> hook.in(one.policy().language()))
                .collect(Collectors.joining(", "));
    }

    /** Such as {@code 3, 7-9}. */
    private static String ranges(BitSet lines) {
        List<String> ranges = new ArrayList<>();
        for (int from = lines.nextSetBit(0); from >= 0; ) {
            int end = lines.nextClearBit(from);
            ranges.add(end - from == 1 ? "" + from : from + "-" + (end - 1));
            from = lines.nextSetBit(end);
        }
        return String.join(", ", ranges);
    }

    /**
     * A result as JSON.
     *
     * @param result to show
     * @param secrets hides values of keys that look secret
     * @return one object
     */
    public static JsonNode json(TestResult result, Secrets secrets) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("file", result.file());
        node.put("test", result.name());
        node.put("policy", result.policy());
        node.put("status", lower(result.status()));
        node.put("milliseconds", result.took().toMillis());
        ArrayNode mismatches = node.putArray("mismatches");
        for (Mismatch mismatch : result.mismatches()) {
            ObjectNode one = mismatches.addObject();
            one.put("place", mismatch.place());
            one.put("what", secrets.hide(mismatch.what()));
            mismatch.expected()
                    .ifPresent(tree -> one.set("expected", secrets.hide(mismatch.what(), tree)));
            mismatch.found()
                    .ifPresent(tree -> one.set("found", secrets.hide(mismatch.what(), tree)));
        }
        result.output().forEach(line -> node.withArray("output").add(secrets.hide(line)));
        return node;
    }

    private static String lower(TestResult.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    /** {@return the counts and the coverage as one object} */
    public JsonNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        for (TestResult.Status status : TestResult.Status.values())
            node.put(lower(status), count(status));
        node.put("milliseconds", took().toMillis());
        for (TestRunner.Covered one : covered) {
            ObjectNode policy = node.withArray("coverage").addObject();
            policy.put("policy", one.policy().file());
            policy.put("lines", one.lines().statements().cardinality());
            ArrayNode missed = policy.putArray("notRun");
            one.lines().missed().stream().forEach(missed::add);
            ArrayNode hooks = policy.putArray("hooks");
            ArrayNode notCalled = policy.putArray("notCalled");
            for (Hook hook : one.hooks().stream().sorted().toList()) {
                hooks.add(hook.in(one.policy().language()));
                if (!one.called().contains(hook)) notCalled.add(hook.in(one.policy().language()));
            }
        }
        return node;
    }

    /**
     * The report by the Test Anything Protocol, version 13.
     *
     * @param secrets hides values of keys that look secret
     * @return its lines
     */
    public List<String> tap(Secrets secrets) {
        List<String> lines = new ArrayList<>(List.of("TAP version 13", "1.." + results.size()));
        int number = 0;
        for (TestResult result : results) {
            number++;
            boolean passed = result.status() == TestResult.Status.PASSED;
            // A number sign begins a directive.
            String title = oneLine(title(result)).replace("\\", "\\\\").replace("#", "\\#");
            lines.add("%s %d - %s".formatted(passed ? "ok" : "not ok", number, title));
            for (Mismatch mismatch : result.mismatches())
                for (String line : lines(mismatch, secrets)) lines.add("# " + oneLine(line));
        }
        return lines;
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    /**
     * Writes the report as JUnit's XML, which CI servers read: a suite for each file of tests.
     *
     * @param out takes the document; not closed
     * @param secrets hides values of keys that look secret
     * @throws IOException if it cannot be written
     */
    public void junit(Writer out, Secrets secrets) throws IOException {
        Map<String, List<TestResult>> suites = new LinkedHashMap<>();
        for (TestResult result : results)
            suites.computeIfAbsent(result.file(), _ -> new ArrayList<>()).add(result);
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeCharacters("\n");
            xml.writeStartElement("testsuites");
            for (var suite : suites.entrySet()) {
                TestReport part = new TestReport(suite.getValue(), List.of());
                xml.writeCharacters("\n  ");
                xml.writeStartElement("testsuite");
                attribute(xml, "name", suite.getKey());
                attribute(xml, "tests", Integer.toString(part.results().size()));
                attribute(xml, "failures", Long.toString(part.count(TestResult.Status.FAILED)));
                attribute(xml, "errors", Long.toString(part.count(TestResult.Status.BROKEN)));
                attribute(xml, "time", part.seconds("%.3f"));
                for (TestResult result : suite.getValue()) junit(xml, result, secrets);
                xml.writeCharacters("\n  ");
                xml.writeEndElement();
            }
            xml.writeCharacters("\n");
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.writeCharacters("\n");
            xml.flush();
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException io) throw io;
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void junit(XMLStreamWriter xml, TestResult result, Secrets secrets)
            throws XMLStreamException {
        xml.writeCharacters("\n    ");
        xml.writeStartElement("testcase");
        attribute(xml, "name", result.name().isEmpty() ? result.file() : result.name());
        attribute(xml, "classname", result.policy().isEmpty() ? result.file() : result.policy());
        attribute(
                xml, "time", String.format(Locale.ROOT, "%.3f", result.took().toMillis() / 1000.0));
        for (Mismatch mismatch : result.mismatches()) {
            xml.writeCharacters("\n      ");
            xml.writeStartElement(
                    result.status() == TestResult.Status.FAILED ? "failure" : "error");
            attribute(xml, "message", secrets.hide(mismatch.what()));
            attribute(xml, "type", lower(result.status()));
            xml.writeCharacters(allowed(String.join("\n", lines(mismatch, secrets))));
            xml.writeEndElement();
        }
        if (!result.output().isEmpty()) {
            xml.writeCharacters("\n      ");
            xml.writeStartElement("system-out");
            xml.writeCharacters(allowed(secrets.hide(String.join("\n", result.output()))));
            xml.writeEndElement();
        }
        if (!result.mismatches().isEmpty() || !result.output().isEmpty())
            xml.writeCharacters("\n    ");
        xml.writeEndElement();
    }

    private static void attribute(XMLStreamWriter xml, String name, String value)
            throws XMLStreamException {
        xml.writeAttribute(name, allowed(value));
    }

    /** XML has no control characters, in no spelling. */
    private static String allowed(String text) {
        var made = new StringBuilder();
        text.codePoints()
                .map(c -> {
                    boolean fits =
                            c == '\t'
                                    || c == '\n'
                                    || c == '\r'
                                    || (c >= 0x20 && c <= 0xd7ff)
                                    || (c >= 0xe000 && c <= 0xfffd)
                                    || c >= 0x10000;
                    return fits ? c : 0xfffd;
                })
                .forEach(made::appendCodePoint);
        return made.toString();
    }
}
