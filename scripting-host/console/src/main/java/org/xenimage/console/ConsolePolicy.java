package org.xenimage.console;

import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Guard;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.RunReport;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code policy}. */
record ConsolePolicy() implements PromptCommand {
    @Override
    public String name() {
        return "policy";
    }

    @Override
    public String synopsis() {
        return "POLICY [KEY=VALUE]…";
    }

    @Override
    public String summary() {
        return "shows what a policy would change in the image, as edited; writes nothing";
    }

    @Override
    public List<String> details() {
        return List.of("policy ./rename.py to=web2", "policy scrub-pattern text=TOKEN= length=49");
    }

    @Override
    public boolean takesFiles() {
        return true;
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        if (words.isEmpty()) throw new CommandMisused("policy takes " + synopsis());
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String word : words.subList(1, words.size())) {
            int equals = word.indexOf('=');
            if (equals <= 0) throw new CommandMisused("expected KEY=VALUE, found " + word);
            parameters.put(word.substring(0, equals), word.substring(equals + 1));
        }
        String source = session.image().name();
        try (PolicyHost host = PolicyHost.open(session.setup().policies());
                PolicyRun run =
                        host.run(
                                List.of(load(session, host, words.getFirst())),
                                session.setup().run().withParameters(parameters),
                                DecisionLog.none());
                ImageReader reader = session.reader()) {
            run.searching(session::reader);
            try {
                run.sections().begin(reader, reader.format());
                var sink =
                        Guard.ofImage(source)
                                .andThen(session.code().edits().transform())
                                .andThen(run.transform())
                                .onto(_ -> {});
                while (reader.advance(sink)) session.pulse();
                sink.end();
            } catch (IOException | RuntimeException | Error failure) {
                run.fail(failure);
                throw failure;
            }
            new RunReport(run.summary()).print(session.out());
        }
    }

    private static Policy load(Session session, PolicyHost host, String reference)
            throws IOException {
        Policy policy = host.load(reference);
        for (Path file : policy.files()) session.setup().files().reading(file);
        return policy;
    }
}
