package org.xenimage.console;

import org.xenimage.image.fault.ImageException;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code verify}. */
record ConsoleVerify() implements PromptCommand {
    private static final int SHOWN = 100;

    @Override
    public String name() {
        return "verify";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "checks the image, as edited, against the rules of its streams";
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        CommandTable.none(name(), words);
        List<Finding> findings = new ArrayList<>();
        try (ImageReader reader = session.reader()) {
            var verifier = new Verifier(session.image().name(), Reading.VERIFY, findings::add);
            var sink = session.code().edits().transform().onto(verifier);
            while (reader.advance(sink)) session.pulse();
            sink.end();
        } catch (ImageException e) {
            findings.add(new Finding(Rule.READABLE, Severity.ERROR, e.fault()));
        }
        boolean good = true;
        int count = 0;
        for (Finding finding : findings) {
            good &= finding.severity() != Severity.ERROR;
            if (count++ >= SHOWN) continue;
            session.out()
                    .println(
                            "%-7s %s"
                                    .formatted(
                                            finding.severity().name().toLowerCase(Locale.ROOT),
                                            finding));
        }
        if (count > SHOWN) session.out().println("… and " + (count - SHOWN) + " more findings");
        session.out()
                .println(
                        good
                                ? session.styled(Style.GOOD, "well formed")
                                : session.styled(Style.ERROR, "not well formed"));
    }
}
