/** Topics of every vendor about access, interfaces and data. */
import type { TicketTopic } from './ticket-topic.js';

export const technicalTopics: readonly [TicketTopic, ...TicketTopic[]] = [
  {
    product: 'access',
    priorities: ['high', 'urgent', 'normal'],
    cases: [
      {
        subject: 'Nobody can sign in through SSO',
        body: 'We renewed the signing certificate of our identity provider at {time} and since then everyone gets "assertion not valid ({code})". The new certificate is uploaded.',
        reply: 'The new certificate was stored beside the old one but not activated. We are checking why.',
        followUp: 'We are locked out completely, and the break-glass owner is on leave.',
        resolution: 'The certificate has been activated; sign-in confirmed by the customer.',
      },
      {
        subject: 'SSO loop for users of our new domain',
        body: 'After the sign-in page of our identity provider the browser comes back, and goes there again, and so on. It concerns {count} users, all of them in the new domain.',
        reply: 'The new domain is not verified yet. Please add the DNS record shown under Settings, then Domains.',
        followUp: 'The record is there since {time}. It works for administrators but still not for the others.',
        resolution: 'Domain verified and cache cleared; all {count} users can sign in.',
      },
      {
        subject: 'Single sign-on creates users twice',
        body: 'When a colleague signs in through SSO, a second user with the same address but in capitals appears, without any rights. We have {count} of them by now.',
        reply: 'Could you send us a SAML response of one of them, with the signature removed?',
        followUp: 'Sent. Please do not delete the old users, they own the saved reports.',
        resolution: 'Addresses are compared without case now. The duplicate users were merged.',
      },
    ],
  },
  {
    product: 'access',
    priorities: ['normal', 'high', 'low'],
    cases: [
      {
        subject: 'Password reset mail does not arrive',
        body: 'A colleague has asked for the reset link {count} times since {date}. Nothing arrives, not even in the spam folder. Other mails from you do arrive.',
        reply:
          'The mails were refused by your mail server with "{code}". Please ask your administrators to allow our sender.',
        followUp: 'Our mail administrators say they see no attempt at all.',
        resolution: 'A suppression entry at our mail provider was removed; the link arrived.',
      },
      {
        subject: 'User locked after wrong attempts',
        body: 'One of our users has been locked since {time} and the page says to wait. How long does that last, and can an administrator of ours end it?',
        reply: 'The lock ends by itself. We cannot set a password for you, but the reset link is on its way again.',
        followUp: 'It happened again this morning, to the same user.',
        resolution: 'An old phone kept trying with the old password; signed out there.',
      },
      {
        subject: 'How long must passwords be now?',
        body: 'Our auditor asks for your password rules in writing by {soon}: length, expiry, lockout. Where can we find the current ones?',
        reply: 'Here is the policy in force, with its version and the date from which it holds.',
        followUp: 'Is a change planned this year? The auditor wants to know that as well.',
        resolution: 'Sent the policy in force and the announced successor.',
      },
    ],
  },
  {
    product: 'api',
    priorities: ['normal', 'high', 'high'],
    cases: [
      {
        subject: '429 responses although we are under the limit',
        body: 'Our integration gets 429 on {endpoint} about {count} times an hour. By our own logs we never send more than half of what the plan allows per minute.',
        reply:
          'The limit is counted per account, not per key; you have three keys in use. We attach the counts per key.',
        followUp: 'We have merged the keys. It is better, but not gone.',
        resolution: 'A retry without pause in the client doubled the traffic; the customer has fixed it.',
      },
      {
        subject: 'Higher rate limit for our sale from {soon}',
        body: 'We expect four times the usual volume from {soon} for ten days. What limit do we have on our plan, and can it be raised for that time?',
        reply: 'It can be raised for a limited time when it is asked for early enough. We have passed the dates on.',
        followUp: 'What does the bulk entitlement add to the limit exactly?',
        resolution: 'The limit is raised for the period asked for.',
      },
      {
        subject: 'Blocked for an hour on {endpoint}',
        body: 'Since {date} the header Retry-After says 3600 instead of a few seconds. Did we do something wrong? Our jobs on {endpoint} stand still.',
        reply: 'A client that goes on after 429 for ten minutes is blocked for an hour. Yours did not wait.',
        followUp: 'We have built in the pause. Please lift the block, we have {count} orders waiting.',
        resolution: 'Block lifted once; the client now honours Retry-After.',
      },
    ],
  },
  {
    product: 'api',
    priorities: ['normal', 'normal', 'high'],
    cases: [
      {
        subject: 'Webhook signatures fail since this morning',
        body: 'We verify every webhook. Since {time} about one in ten has a signature that does not match. The body looks complete.',
        reply: 'The secret was not rotated. Could you send the raw bytes of one that fails?',
        followUp: 'Attached, with all headers. Nobody here changed anything.',
        resolution: 'A proxy on the customer side changed the line ends of the body. Solved there.',
      },
      {
        subject: 'Webhooks arrive twice',
        body: 'Since {date} every status change reaches us twice, some seconds apart, with the same event id. Is that meant to be? We can deduplicate but would like to know.',
        reply: 'Delivery is at least once, so the same id can come twice. But not every time; we are checking.',
        followUp: 'It is still every single one, about {count} since yesterday.',
        resolution: 'Your endpoint answered after the timeout. It is longer now, and the repetitions have stopped.',
      },
      {
        subject: 'No webhooks for {count} minutes',
        body: 'From {time} on no webhook came for {count} minutes, then all of them at once, in the wrong order. The status page shows nothing.',
        reply: 'Your endpoint answered with {code} during that time and deliveries were paused. Details attached.',
        followUp: 'Our load balancer did not change. The {code} cannot come from us.',
        resolution: 'The pause after failures is shorter now, and the order is kept.',
      },
    ],
  },
  {
    product: 'data',
    priorities: ['low', 'normal', 'normal'],
    cases: [
      {
        subject: 'Export stops without a message',
        body: 'The CSV export from {date} ends in the middle of {month} without any message. Is there a limit, and where is it written?',
        reply: 'Large exports are prepared over night. You will be told in the application when the file is ready.',
        followUp: 'The file is there, but {count} rows appear in it twice.',
        resolution: 'The export was prepared again without the duplicates and has been downloaded.',
      },
      {
        subject: 'Full export for our auditor',
        body: 'Our auditor needs everything from the last year, as CSV, by {soon}. How do we ask for such a large export, and how long can it be downloaded?',
        reply: 'You can start it under Settings, then Data. It stays there for the days named in the policy attached.',
        followUp: 'The link says it has expired, on the same day.',
        resolution: 'The link was tied to another user. Prepared again for the right one.',
      },
      {
        subject: 'Export file has the wrong time zone',
        body: 'The column "created" in the export of {date} is one hour behind what the application shows. For the tax office it has to be local time.',
        reply: 'The times are in UTC; the zone is in the header of the column. We can see that this is easy to miss.',
        followUp: 'Can the export be switched to local time for us?',
        resolution: 'Explained the conversion; a setting for it is planned.',
      },
    ],
  },
  {
    product: 'data',
    priorities: ['normal', 'high'],
    cases: [
      {
        subject: 'Where is our data stored?',
        body: 'A customer of ours wants to know by {soon} in which country names and addresses are stored, including backups. Please answer with a reference we can pass on.',
        reply: 'Here is the policy for your region, with its version. It lists storage, backups and access.',
        followUp: 'They also ask whether backups ever leave the region.',
        resolution: 'Sent the policy in force, with the paragraph about backups.',
      },
      {
        subject: 'Data residency questionnaire',
        body: 'We have to fill in a questionnaire by {soon}: place of storage, place of backups, who has access from elsewhere. Could you confirm the current state for our region?',
        reply: 'We will fill in our part and return it before {soon}.',
        followUp:
          'There is a new page about search indexes and language models. Does the policy say anything about those?',
        resolution: 'Questionnaire returned, with the policy in force and the announced successor.',
      },
      {
        subject: 'Does support outside the region see our customers?',
        body: 'In our ticket of {date} somebody from another region seemed to see a full address. Is that allowed under your residency rules?',
        reply: 'We are checking who opened the record and will tell you.',
        followUp: 'Our data protection officer asks for the log extract.',
        resolution: 'The record was opened under an open ticket, as the rules of that day allowed. Log extract sent.',
      },
    ],
  },
  {
    product: 'data',
    priorities: ['normal', 'high'],
    cases: [
      {
        subject: 'Erasure request from one of our customers',
        body: 'A person has asked us to erase their data. They appear in {count} records between {month} and now. What do you delete and what has to stay?',
        reply:
          'We have received the request. The records stay, without the personal fields; we will confirm when it is done.',
        followUp: 'The name still appears in a comment of an old ticket.',
        resolution: 'Erasure carried out, comments included, and confirmed under {order}.',
      },
      {
        subject: 'Delete a recipient from all records',
        body: 'Please remove one recipient from everything, backups included, and confirm in writing by {soon}. The reference is {order}.',
        reply:
          'Backups run out by themselves after the time named in the policy; everything else is being cleaned now.',
        followUp: 'Does that cover the export from last month?',
        resolution: 'Confirmed in writing for {order}; the old export had expired already.',
      },
      {
        subject: 'How long do you keep closed records?',
        body: 'Our privacy notice of {soon} needs a number: for how many days are records kept after an account is closed, and for how many in backups?',
        reply: 'The current retention rules are attached, with their version.',
        followUp: 'The number on your web page is another one.',
        resolution: 'Retention periods confirmed in writing; the web page was corrected.',
      },
    ],
  },
];
