// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.ChangeImage;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.Source;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.image.Images.Upload;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Images. */
public final class ImageCommands {
    private ImageCommands() {}

    @Service
    @Command(scope = "isthmus", name = "image-list", description = "Lists the images of an organization")
    public static final class ListImages extends OrganizationList.Of<ImageView> {
        public ListImages() {
            super(Images.class, "name state os format sizeBytes virtualSizeBytes reason id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "image-show", description = "Shows an image")
    public static final class ShowImage extends OrganizationCommand {
        @Argument(index = 0, name = "image", required = true, description = "Its id or name")
        @Completion(Names.Images.class)
        private String which;

        @Override
        protected void run() {
            show(Images.class, which);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "image-create",
            description = "Makes an image whose content is uploaded afterwards, fetched, or read out of a server")
    public static final class NewImage extends OrganizationSubmit<CreateImage, ImageView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--os", description = "What is in it, as debian-12")
        private String os;

        @Option(name = "--sha256", description = "Checksum its content must have, in hex")
        private String sha256;

        @Option(name = "--firmware", description = "What starts servers made of an upload: bios, efi or efi-secure")
        @Completion(
                value = StringsCompleter.class,
                values = {"bios", "efi", "efi-secure"})
        private String firmware;

        @Option(name = "--url", description = "The https address that its content is fetched from")
        @Completion(Anything.class)
        private String url;

        @Option(
                name = "--server",
                description = "The server whose disks are read out; it is stopped, or --running says")
        @Completion(Names.Servers.class)
        private String server;

        @Option(
                name = "--running",
                description = "Of a server that runs: refuse, or snapshot for its disks at one moment")
        @Completion(
                value = StringsCompleter.class,
                values = {"refuse", "snapshot"})
        private String running = "refuse";

        @Option(name = "--department", description = "The department it belongs to; your own unless said")
        @Completion(Names.Departments.class)
        private String department;

        @Option(name = "--tag", multiValued = true, description = "key=value")
        private List<String> tags = List.of();

        @Override
        protected CreateImage command() {
            return new CreateImage(
                    organization(),
                    new Name(name),
                    Optional.ofNullable(os),
                    source(),
                    Optional.ofNullable(sha256).map(Sha256::new),
                    Optional.ofNullable(firmware).map(word -> Words.constant(Firmware.class, word)),
                    Words.pairs("--tag", tags),
                    Words.ref(department));
        }

        private Source source() {
            if (server != null && url != null) {
                throw new IllegalArgumentException("Say one source: --url or --server.");
            }
            if (url != null) {
                return new OfUrl(new Secret(url));
            }
            return server == null
                    ? new Upload()
                    : new OfServer(new Ref(server), Words.constant(Running.class, running));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "image-change", description = "Changes an image; what is not said stays")
    public static final class ChangeAnImage extends OrganizationSubmit<ChangeImage, ImageView> {
        @Argument(index = 0, name = "image", required = true, description = "Its id or name")
        @Completion(Names.Images.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--os", description = "What is in it, as debian-12")
        private String os;

        @Option(name = "--tag", multiValued = true, description = "key=value, all of them anew")
        private List<String> tags;

        @Override
        protected ChangeImage command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version = with(Images.class, (all, caller) -> all.get(caller, in, ref))
                    .version();
            return new ChangeImage(
                    in,
                    ref,
                    version,
                    Optional.ofNullable(name).map(Name::new),
                    Optional.ofNullable(os),
                    Optional.ofNullable(tags).map(all -> Words.pairs("--tag", all)));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "image-delete", description = "Deletes an image; servers made from it go on")
    public static final class RemoveImage extends OrganizationSubmit<DeleteImage, ImageView> {
        @Argument(index = 0, name = "image", required = true, description = "Its id or name")
        @Completion(Names.Images.class)
        private String which;

        @Override
        protected DeleteImage command() {
            return new DeleteImage(organization(), new Ref(which));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "image-transfer",
            description = "Brings an image to a location: endpoints that keep images get a copy")
    public static final class TransferAnImage extends OrganizationSubmit<TransferImage, ImageView> {
        @Argument(index = 0, name = "image", required = true, description = "Its id or name")
        @Completion(Names.Images.class)
        private String which;

        @Argument(index = 1, name = "location", required = true, description = "Its id or name")
        @Completion(Names.Places.class)
        private String location;

        @Override
        protected TransferImage command() {
            return new TransferImage(organization(), new Ref(which), new Ref(location));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "image-export",
            description = "Makes an image ready to be taken away as an OVA: GET …/images/{image}/content?format=OVA")
    public static final class ExportAnImage extends OrganizationSubmit<ExportImage, ImageView> {
        @Argument(index = 0, name = "image", required = true, description = "Its id or name")
        @Completion(Names.Images.class)
        private String which;

        @Override
        protected ExportImage command() {
            return new ExportImage(organization(), new Ref(which), ExportFormat.OVA);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "image-copies", description = "Lists the copies of an image that endpoints keep")
    public static final class ListCopies extends OrganizationCommand {
        @Argument(index = 0, name = "image", required = true, description = "Its id or name")
        @Completion(Names.Images.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            Ref ref = new Ref(which);
            ImageView image = with(Images.class, (all, caller) -> all.get(caller, in, ref));
            print("location endpoint state sizeBytes adopted", image.copies(), Optional.empty());
        }
    }
}
