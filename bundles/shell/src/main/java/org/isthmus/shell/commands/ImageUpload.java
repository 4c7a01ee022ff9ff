// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.Uploaded;
import org.isthmus.api.operation.OperationView;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.Waiting;
import org.isthmus.shell.complete.Names;

/** Content for an image, in parts; broken off, it goes on where it was. */
@Service
@Command(
        scope = "isthmus",
        name = "image-upload",
        description = "Uploads a file of the controller's machine as an image's content, or goes on with that")
public final class ImageUpload extends OrganizationCommand {
    /** Small enough that a swap of the core waits for no longer than it takes to write this. */
    private static final long PART = 16L * 1024 * 1024;

    @Argument(index = 0, name = "image", required = true, description = "Its id or name; see isthmus:image-create")
    @Completion(Names.Images.class)
    private String which;

    @Argument(
            index = 1,
            name = "file",
            required = true,
            description = "A qcow2 or raw file of the controller's machine")
    @Completion(FileCompleter.class)
    private String file;

    @Option(
            name = "--wait",
            description = "Wait until its checksum and format are checked, and fail if they are not right")
    private boolean wait;

    @Option(name = "--timeout", description = "With --wait: how long, as PT10M; ten minutes unless said")
    private String timeout = "PT10M";

    @Override
    protected void run() throws IOException, Failed {
        Duration longest = Duration.parse(timeout);
        Ref in = organization();
        Ref ref = new Ref(which);
        ImageView image = with(Images.class, (all, caller) -> all.get(caller, in, ref));
        if (image.state() != ImageState.UPLOADING) {
            throw new Failed("The image " + image.name() + " is " + image.state()
                    + " and takes no content: make another one with isthmus:image-create.");
        }
        Uploaded uploaded = upload(in, Ref.of(image.id()), image.uploadOffset());
        OperationView checking =
                uploaded.operation().orElseThrow(() -> new Failed("The file became shorter meanwhile."));
        OperationView now = wait ? new Waiting(this).until(checking, longest) : checking;
        if (json()) {
            Map<String, Object> both = new LinkedHashMap<>();
            both.put("uploadOffset", uploaded.uploadOffset());
            both.put("operation", now);
            print(both);
        } else if (!wait) {
            say("All of it is there. Operation " + now.id() + " checks it; see isthmus:operation-wait.");
        }
        if (wait) {
            Waiting.succeeded(now);
        }
    }

    private Uploaded upload(Ref in, Ref image, long begin) throws IOException, Failed {
        Path path = Path.of(file);
        if (!Files.isReadable(path) || !Files.isRegularFile(path)) {
            throw new Failed("There is no file " + path + " on the controller's machine that the controller can read.");
        }
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            long total = channel.size();
            if (begin >= total) {
                throw new Failed(
                        "The image already has " + begin + " bytes, the file " + total + ": is it the same file?");
            }
            Uploaded state = new Uploaded(begin, java.util.Optional.empty());
            long percent = -1;
            while (state.operation().isEmpty() && state.uploadOffset() < total) {
                long first = state.uploadOffset();
                long length = Math.min(PART, total - first);
                state = with(Images.class, (all, caller) -> {
                    try {
                        channel.position(first);
                        InputStream part = Channels.newInputStream(channel);
                        return all.upload(caller, in, image, first, length, total, part);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                if (state.uploadOffset() <= first) {
                    throw new Failed("Nothing more could be read from " + path + " at " + first + ".");
                }
                if (state.uploadOffset() * 100 / total != percent) {
                    percent = state.uploadOffset() * 100 / total;
                    say("Uploaded " + percent + " %");
                }
            }
            return state;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
