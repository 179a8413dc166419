package org.xenimage.console;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code ls}. */
record ConsoleLs() implements PromptCommand {
    @Override
    public String name() {
        return "ls";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "lists the elements of the image, numbered as in image.records";
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        CommandTable.none(name(), words);
        int place = 0;
        int row = 0;
        for (ImageElement element : session.image().elements()) {
            session.pulse();
            if (!(element instanceof RecordFrame frame)) {
                print(session, "", element.offset(), -1, element.label());
                continue;
            }
            Optional<List<Optional<RecordFrame>>> edited = session.code().edits().records(place++);
            List<Optional<RecordFrame>> slots = edited.orElse(List.of(Optional.empty()));
            for (Optional<RecordFrame> slot : slots) {
                RecordFrame now = slot.orElse(frame);
                String label = now.type().layer().specName() + " " + now.type();
                print(
                        session,
                        Integer.toString(row++),
                        now.offset(),
                        now.bodyLength(),
                        slot.isPresent()
                                ? label + session.styled(Style.NOTICE, "  edited")
                                : label);
            }
            if (slots.isEmpty())
                print(
                        session,
                        "",
                        frame.offset(),
                        frame.bodyLength(),
                        frame.type() + session.styled(Style.NOTICE, "  dropped"));
        }
    }

    private static void print(
            Session session, String number, long offset, long length, String label) {
        session.out()
                .println(
                        "%4s  %12s  %10s  %s"
                                .formatted(
                                        number,
                                        offset == Fault.NO_OFFSET
                                                ? ""
                                                : "0x" + Long.toHexString(offset),
                                        length < 0 ? "" : Long.toString(length),
                                        label));
    }
}
