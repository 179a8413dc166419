package org.xenimage.cli.policy;

import org.xenimage.cli.output.Output;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.policy.Inspection;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The settings beside a policy by which VS Code attaches to {@code --inspect}; a project's own are kept.
 *
 * <p>The debugger sees sources by their paths below the policy's folder, so that folder is the one to open.
 */
final class EditorFiles {
    private static final String LAUNCH =
            """
            {
              "version": "0.2.0",
              "configurations": [
                {
                  "name": "xenimage --inspect",
                  "type": "node",
                  "request": "attach",
                  "port": %d,
                  "localRoot": "${workspaceFolder}",
                  "remoteRoot": "/",
                  "timeout": 60000
                }
              ]
            }
            """
                    .formatted(Inspection.PORT);

    /** The debugger of JavaScript does not expect breakpoints in other languages. */
    private static final String SETTINGS =
            """
            {
              "debug.allowBreakpointsEverywhere": true
            }
            """;

    private EditorFiles() {}

    static void write(Path folder, Language language, RunFiles files) throws IOException {
        Path settings = folder.resolve(".vscode");
        Files.createDirectories(settings);
        write(settings.resolve("launch.json"), LAUNCH, files);
        switch (language) {
            case JAVASCRIPT -> {}
            case PYTHON -> write(settings.resolve("settings.json"), SETTINGS, files);
        }
    }

    private static void write(Path place, String text, RunFiles files) throws IOException {
        if (Files.exists(place)) return;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Output output = Output.open(place.toString(), files, false)) {
            output.sink().write(MemorySegment.ofArray(bytes).asReadOnly());
            output.commit();
        }
    }
}
