package org.xenimage.console;

import org.jline.reader.Candidate;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The console at a terminal: reads input, runs it, prints the results, until the user ends it. */
final class Conversation {
    private static final int CANDIDATES_MAX = 2000;

    private final Setup setup;

    Conversation(Setup setup) {
        this.setup = setup;
    }

    void run() throws IOException {
        try (Terminal terminal =
                TerminalBuilder.builder().system(true).dumb(true).name("xenimage").build()) {
            boolean dumb = terminal.getType().startsWith(Terminal.TYPE_DUMB);
            Screen screen = setup.screen().over(new StyledWriter(terminal.writer()));
            PrintWriter out = screen.out();
            try (Session session =
                    Session.open(
                            setup,
                            out,
                            screen.prints(),
                            setup.colours() && !dumb,
                            terminal.getWidth() > 0 ? terminal.getWidth() : 80)) {
                session.code().start();
                greet(session);
                converse(session, terminal, reader(session, terminal));
            }
            out.flush();
        }
    }

    private static void greet(Session session) {
        PrintWriter out = session.out();
        var facts = session.code().facts();
        if (session.setup().greeting())
            out.println(
                    session.styled(Style.STRONG, session.image().name())
                            + ": "
                            + session.image().format().name()
                            + facts.name().map(name -> ", " + name).orElse("")
                            + (facts.guest().isEmpty()
                                    ? ""
                                    : ", " + facts.guest().toUpperCase(Locale.ROOT))
                            + ", "
                            + session.image().pages().count()
                            + " pages; "
                            + session.code().language().displayName()
                            + "; type help for commands");
        session.image()
                .fault()
                .ifPresent(fault ->
                        out.println(
                                session.styled(
                                                Style.ERROR,
                                                "image is truncated; opened the readable part: ")
                                        + fault.message()));
        if (session.image().unfinishedRound())
            out.println(session.styled(Style.ERROR, ConsoleOverview.UNFINISHED));
        out.flush();
    }

    private LineReader reader(Session session, Terminal terminal) {
        LineReaderBuilder builder =
                LineReaderBuilder.builder()
                        .terminal(terminal)
                        .appName("xenimage")
                        .parser(new Input(session))
                        .completer((_, line, candidates) -> complete(session, line, candidates))
                        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                        .option(LineReader.Option.INSERT_TAB, false)
                        .option(LineReader.Option.BRACKETED_PASTE, true)
                        .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P... ")
                        .variable(LineReader.LIST_MAX, 500);
        setup.history()
                .filter(Conversation::usable)
                .ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        return builder.build();
    }

    /** A console without a history is better than none. */
    private static boolean usable(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) return false;
            Files.createDirectories(folder);
            return Files.isWritable(folder);
        } catch (IOException e) {
            return false;
        }
    }

    private static void converse(Session session, Terminal terminal, LineReader reader) {
        String name = session.code().language() == Language.PYTHON ? "py> " : "js> ";
        String prompt = session.colours() ? Style.STRONG.ansi(name) : name;
        boolean warned = false;
        while (!session.ended()) {
            String line;
            try {
                line = reader.readLine(prompt);
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                session.quit();
                line = "";
            }
            if (!line.isBlank()) execute(session, terminal, line);
            if (session.ended() && session.unwritten() && !warned && !terminalGone(terminal)) {
                session.out().println("some edits are not written yet; quit again to discard them");
                session.out().flush();
                session.stay();
                warned = true;
            } else if (!line.isBlank() && !session.ended()) {
                warned = false;
            }
        }
    }

    /** Whether no user can answer: standard input has ended. */
    private static boolean terminalGone(Terminal terminal) {
        return terminal.getType().startsWith(Terminal.TYPE_DUMB);
    }

    /** Runs what was typed; Ctrl-C ends it and not the console. */
    private static void execute(Session session, Terminal terminal, String line) {
        PrintWriter out = session.out();
        Terminal.SignalHandler before =
                terminal.handle(
                        Terminal.Signal.INT,
                        _ -> {
                            Thread stop = new Thread(session::interrupt, "interrupt");
                            stop.setDaemon(true);
                            stop.start();
                        });
        try {
            Optional<List<String>> command = PromptLine.typed(line, session.commands().keySet());
            if (command.isPresent()) session.command(command.get());
            else
                session.evaluate(session.nextName(), line)
                        .ifPresent(value ->
                                value.lines()
                                        .forEach(one ->
                                                out.println(session.styled(Style.VALUE, one))));
        } catch (CommandMisused | IOException | RuntimeException e) {
            if (session.wasInterrupted()) out.println(); // after the ^C that the terminal shows
            String.valueOf(e.getMessage())
                    .lines()
                    .forEach(one -> out.println(session.styled(Style.ERROR, one)));
            if (e instanceof RuntimeException bug) {
                out.println("this is a bug in xenimage; please report it with the text below");
                bug.printStackTrace(out);
            }
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
            out.flush();
        }
    }

    /** Parses input for JLine. */
    private record Input(Session session) implements Parser {
        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && !complete(line))
                throw new EOFError(-1, cursor, "more follows");
            if (typed(line).isPresent()) {
                try {
                    return PromptLine.parser().parse(line, cursor, ParseContext.COMPLETE);
                } catch (EOFError e) {
                    // An open quote: what is typed after it is completed as code is.
                }
            }
            return Word.at(line, cursor);
        }

        private Optional<List<String>> typed(String line) {
            try {
                return PromptLine.typed(line, session.commands().keySet());
            } catch (CommandMisused e) {
                return Optional.of(List.of());
            }
        }

        private boolean complete(String line) {
            return line.isBlank() || typed(line).isPresent() || session.code().complete(line);
        }
    }

    /** The word at the cursor in code: a dotted expression. */
    private record Word(
            String line, int cursor, List<String> words, int wordIndex, String word, int wordCursor)
            implements CompletingParsedLine {
        static Word at(String line, int cursor) {
            int start = cursor;
            while (start > 0 && belongs(line.charAt(start - 1))) start--;
            int end = cursor;
            while (end < line.length() && belongs(line.charAt(end))) end++;
            List<String> words = new ArrayList<>();
            String before = line.substring(0, start).strip();
            if (!before.isEmpty()) words.addAll(List.of(before.split("\\s+")));
            int index = words.size();
            words.add(line.substring(start, end));
            return new Word(line, cursor, words, index, words.getLast(), cursor - start);
        }

        private static boolean belongs(char c) {
            return Character.isJavaIdentifierPart(c) || ".[]'\":".indexOf(c) >= 0;
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return wordCursor;
        }

        @Override
        public int rawWordLength() {
            return word.length();
        }
    }

    private static void complete(Session session, ParsedLine line, List<Candidate> candidates) {
        String word = line.word().substring(0, line.wordCursor());
        if (line.wordIndex() == 0) {
            String colon = word.startsWith(":") ? ":" : "";
            for (PromptCommand command : session.commands().values())
                candidates.add(
                        new Candidate(
                                colon + command.name(),
                                colon + command.name(),
                                "commands",
                                command.summary(),
                                null,
                                null,
                                true));
            if (!colon.isEmpty()) return;
        } else {
            String first = line.words().getFirst();
            PromptCommand command =
                    session.commands().get(first.startsWith(":") ? first.substring(1) : first);
            if (command != null && command(session, line.line())) {
                for (String word2 : command.candidates()) candidates.add(new Candidate(word2));
                if (command.takesFiles()) files(word, candidates);
                return;
            }
        }
        members(session, word, candidates);
    }

    private static boolean command(Session session, String line) {
        try {
            return PromptLine.typed(line, session.commands().keySet()).isPresent();
        } catch (CommandMisused e) {
            return true;
        }
    }

    private static void members(Session session, String word, List<Candidate> candidates) {
        int dot = word.lastIndexOf('.');
        String expression = dot < 0 ? "" : word.substring(0, dot);
        if (!expression.isEmpty()
                && !expression.matches("[\\p{L}_$][\\w$]*([.][\\p{L}_$][\\w$]*|\\[[\\w'\"]+])*"))
            return;
        String typed = word.substring(dot + 1);
        String before = dot < 0 ? "" : word.substring(0, dot + 1);
        int count = 0;
        Map<String, String> described = ApiHelp.sentences(session, expression);
        for (String name : session.code().members(expression)) {
            boolean hidden = name.startsWith("_") && typed.isEmpty();
            if (hidden || !safe(name) || !name.startsWith(typed) || count++ > CANDIDATES_MAX)
                continue;
            candidates.add(
                    new Candidate(
                            before + name, name, "names", described.get(name), null, null, false));
        }
    }

    /** Whether a terminal shows a name and does not obey it; the list of candidates is JLine's to draw. */
    private static boolean safe(String name) {
        return name.codePoints()
                .allMatch(c ->
                        switch (Character.getType(c)) {
                            case Character.CONTROL,
                                    Character.FORMAT,
                                    Character.LINE_SEPARATOR,
                                    Character.PARAGRAPH_SEPARATOR,
                                    Character.SURROGATE ->
                                    false;
                            default -> true;
                        });
    }

    private static void files(String word, List<Candidate> candidates) {
        int slash = word.lastIndexOf('/');
        String before = word.substring(0, slash + 1);
        Path folder = Path.of(before.isEmpty() ? "." : before);
        if (!Files.isDirectory(folder)) return;
        try (var listed = Files.list(folder)) {
            listed.filter(file -> safe(String.valueOf(file.getFileName())))
                    .limit(CANDIDATES_MAX)
                    .forEach(file -> {
                        boolean down = Files.isDirectory(file);
                        String name = before + file.getFileName() + (down ? "/" : "");
                        candidates.add(
                                new Candidate(
                                        name,
                                        String.valueOf(file.getFileName()),
                                        null,
                                        null,
                                        null,
                                        null,
                                        !down));
                    });
        } catch (IOException e) {
            // A folder that cannot be read has no candidates.
        }
    }
}
