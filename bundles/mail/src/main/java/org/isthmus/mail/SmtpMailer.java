// SPDX-License-Identifier: Apache-2.0
package org.isthmus.mail;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Date;
import java.util.Properties;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSSLTransport;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.isthmus.api.mail.Mailer;

/** One connection a mail. */
final class SmtpMailer implements Mailer {
    private static final String TIMEOUT = "15000";

    private final Settings settings;
    private final Clock clock;
    private final Properties properties = new Properties();

    SmtpMailer(Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        for (String protocol : new String[] {"smtp", "smtps"}) {
            String all = "mail." + protocol + ".";
            properties.setProperty(all + "connectiontimeout", TIMEOUT);
            properties.setProperty(all + "timeout", TIMEOUT);
            properties.setProperty(all + "writetimeout", TIMEOUT);
            properties.setProperty(all + "ssl.checkserveridentity", "true");
            properties.setProperty(
                    all + "starttls.required", String.valueOf(settings.encryption() == Settings.Encryption.STARTTLS));
            properties.setProperty(
                    all + "starttls.enable", String.valueOf(settings.encryption() == Settings.Encryption.STARTTLS));
            properties.setProperty(all + "auth", String.valueOf(settings.login().isPresent()));
        }
    }

    /** Another trust than the machine's: for tests. */
    SmtpMailer trusting(javax.net.ssl.SSLSocketFactory sockets) {
        properties.put("mail.smtp.ssl.socketFactory", sockets);
        properties.put("mail.smtps.ssl.socketFactory", sockets);
        return this;
    }

    @Override
    public void send(Mail mail) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // by it the library finds its own parts
        thread.setContextClassLoader(SmtpMailer.class.getClassLoader());
        try {
            Session session = Session.getInstance(properties);
            deliver(session, message(session, mail));
        } catch (AddressException e) {
            throw new NotTaken("The address is none.", true, e);
        } catch (AuthenticationFailedException e) {
            throw new NotTaken("The mail server does not let us in.", false, e);
        } catch (MessagingException e) {
            throw new NotTaken("The mail server did not take it: " + e, forGood(e), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void deliver(Session session, MimeMessage message) throws MessagingException {
        boolean wrapped = settings.encryption() == Settings.Encryption.TLS;
        try (SMTPTransport transport =
                wrapped ? new SMTPSSLTransport(session, null) : new SMTPTransport(session, null)) {
            transport.connect(
                    settings.host(),
                    settings.port(),
                    settings.login().map(Settings.Login::user).orElse(null),
                    settings.login().map(login -> login.password().reveal()).orElse(null));
            transport.sendMessage(message, message.getAllRecipients());
        }
    }

    private MimeMessage message(Session session, Mail mail) throws MessagingException {
        MimeMessage message = new MimeMessage(session) {
            @Override
            protected void updateMessageID() throws MessagingException {
                // the same when it is sent again, so that who gets it twice sees it once
                setHeader("Message-ID", "<" + mail.id() + "@isthmus>");
            }
        };
        message.setFrom(new InternetAddress(settings.from(), true));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.to(), true));
        message.setSubject(plain(mail.subject()), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(clock.instant()));
        // nobody answers automatically to what a machine wrote
        message.setHeader("Auto-Submitted", "auto-generated");
        message.setText(mail.text(), StandardCharsets.UTF_8.name());
        message.saveChanges();
        return message;
    }

    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    /** Whether the server said a permanent no, to this address or this mail. */
    private static boolean forGood(MessagingException e) {
        for (Exception each = e; each != null; each = next(each)) {
            int code = each instanceof SMTPAddressFailedException address
                    ? address.getReturnCode()
                    : each instanceof SMTPSendFailedException failed ? failed.getReturnCode() : 0;
            if (code >= 550 && code <= 554) {
                return true;
            }
        }
        return false;
    }

    private static Exception next(Exception e) {
        return e instanceof SendFailedException || e instanceof MessagingException
                ? ((MessagingException) e).getNextException()
                : null;
    }
}
