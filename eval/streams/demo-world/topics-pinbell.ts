/** Topics of field service: calendars, reminders, invoices on site, the technicians' app. */
import type { TicketTopic } from './ticket-topic.js';

export const pinbellTopics: readonly [TicketTopic, ...TicketTopic[]] = [
  {
    product: 'booking',
    priorities: ['high', 'urgent', 'normal'],
    cases: [
      {
        subject: 'Two customers in the same slot',
        body: 'On {date} at {time} two jobs were booked for the same technician, both through the booking page. We had to send one customer away.',
        reply: 'Both bookings came within a second. We are looking into how that was possible.',
        followUp: 'It happened again with job {order}.',
        resolution: 'A slot is now held while somebody is filling in the form.',
      },
      {
        subject: 'Booking page shows no free times',
        body: 'The booking page says "no free times" for the whole month, but the calendar is half empty. It began on {date}, after we added a second team.',
        reply:
          'The second team has no working hours yet, and the page shows only times that all teams have. Please enter them.',
        followUp: 'Working hours are there now; still no free times on Fridays.',
        resolution: 'Working hours completed; the page shows free times.',
      },
      {
        subject: 'Job booked into a gap that is too short',
        body: 'A job of {count} minutes was put into a gap that is shorter. Travel time is switched on. Job {order}.',
        reply: 'The duration was changed after the booking, and the gap was not checked again.',
        followUp: 'Nobody here changed it. Can you see who did?',
        resolution: 'Changed durations are checked again now; {order} was moved.',
      },
    ],
  },
  {
    product: 'booking',
    priorities: ['normal', 'low'],
    cases: [
      {
        subject: 'Calendar feed is behind',
        body: 'The feed in our phone calendars is behind by {count} minutes at least. How often may it be read? Jobs get changed at short notice here.',
        reply: 'A feed may be read at certain intervals only. The current numbers are attached.',
        followUp: 'Can the interval be made shorter for money?',
        resolution: 'Interval explained, and the shorter one that has been announced.',
      },
      {
        subject: 'Phone calendar shows deleted jobs',
        body: 'Jobs that we deleted stay in the phone calendar for days. On {date} one technician drove to {city} for nothing.',
        reply: 'Deleted jobs are now sent as cancelled for a week. Please subscribe again.',
        followUp: 'Works on one phone, not on the other.',
        resolution: 'Cancelled jobs disappear on both phones.',
      },
      {
        subject: 'Feed stopped updating',
        body: 'Since {date} the feed gives the same content again and again. We read it every minute.',
        reply: 'Reading more often than allowed gives the last content. Please read it less often.',
        followUp: 'Our calendar program cannot be set to less than five minutes. Is that enough?',
        resolution: 'The customer reads the feed less often; it updates again.',
      },
    ],
  },
  {
    product: 'reminders',
    priorities: ['normal', 'normal', 'high'],
    cases: [
      {
        subject: 'Text messages arrive in the night',
        body: 'On {date} customers in {city} got their reminder at three in the morning. We have set it to the evening before.',
        reply: 'The time zone of the firm was empty; we have filled it in.',
        followUp: 'The time is right now, the language is not.',
        resolution: 'Time zone and language are set; confirmed by the customer.',
      },
      {
        subject: 'Reminder with the wrong address',
        body: 'The reminder for job {order} names our office instead of the place of the job. The customer waited in front of our door.',
        reply: 'The template uses the address of the firm. We can change it to the address of the job.',
        followUp: 'Please do, and tell us which other templates have it.',
        resolution: 'Template corrected together with the customer.',
      },
      {
        subject: 'Message pack used up too fast',
        body: 'Our pack of {count} messages was empty after a week. Are long messages counted twice? Can we get something back?',
        reply: 'Messages over 160 characters count as two. Yours have 171 because of the new signature.',
        followUp: 'Shortened. Can the double ones be refunded?',
        resolution: 'Unused messages refunded under the policy; the double ones are not.',
      },
    ],
  },
  {
    product: 'invoicing',
    priorities: ['normal', 'high'],
    cases: [
      {
        subject: 'Invoice number appears twice',
        body: 'Two invoices of {date} have the number {invoice}. They were written at the same time on two phones. The tax office will not like it.',
        reply: 'Numbers are now given out by the server only. {invoice} can be replaced; we will help.',
        followUp: 'Which of the two invoices is to be cancelled?',
        resolution: 'Second invoice cancelled and written again.',
      },
      {
        subject: 'Logo missing on invoices',
        body: 'Since {date} our logo is missing on printed invoices, and the footer covers the bank details. {invoice} shows it.',
        reply: 'The image was larger than the new limit. We have made it smaller for you.',
        followUp: 'The logo is back, the footer still covers the last line.',
        resolution: 'Footer moved; {invoice} was printed again.',
      },
      {
        subject: 'Card payment on site fails: {code}',
        body: 'Card payments at the customer fail with {code}, for amounts above {amount} only. Smaller ones work.',
        reply: 'The payment provider has set a limit for new card readers. We have asked for a higher one.',
        followUp: 'It failed again at {time}, with the other card reader.',
        resolution: 'Payment limit raised by the payment provider.',
      },
    ],
  },
  {
    product: 'field-app',
    priorities: ['high', 'normal', 'urgent'],
    cases: [
      {
        subject: 'App loses photos without network',
        body: 'Photos taken in a cellar without network are gone when the phone is online again. For job {order} we have no proof of the damage.',
        reply: 'The photos are still on the phone; please do not reinstall the app. We will guide you.',
        followUp: 'Found {count} of the photos, not all.',
        resolution: 'Photos recovered; the next version keeps them until they are confirmed.',
      },
      {
        subject: 'Technician is signed out every day',
        body: 'Two phones ask for the six-digit code every morning since {date}. The others do not. Is there an expiry?',
        reply: 'Codes expire after the time named in the policy attached. Those two were never renewed.',
        followUp: 'Can the office renew all of them at once?',
        resolution: 'Explained the expiry of codes; new ones were handed out.',
      },
      {
        subject: 'App does not load since {time}',
        body: 'Since {time} the app stays white on all {count} phones. We have jobs from now until the evening and no addresses.',
        reply: 'We are working on it; the banner in the office view has the state.',
        followUp: 'It loads again but shows the jobs of yesterday.',
        resolution: 'The app loads with the jobs of the day; the cause is described in the banner.',
      },
    ],
  },
  {
    product: 'field-app',
    priorities: ['low', 'normal'],
    cases: [
      {
        subject: 'Route goes through {city} twice',
        body: 'The order of jobs for {date} sent the van through {city} two times. By hand we save an hour. What does the planning look at?',
        reply: 'The planning keeps the promised times first and looks at the distance second. We will check your day.',
        followUp: 'Better today. Thank you.',
        resolution: 'One promised time was wrong; the route is shorter without it.',
      },
      {
        subject: 'Travel time is far too short',
        body: 'The planning allows ten minutes for 25 kilometres to {city}. Technicians are late all day.',
        reply: 'Travel times had been set to a fixed value. We have switched on the calculation.',
        followUp: 'Still ten minutes for trips over the river.',
        resolution: 'Travel times calculated again for all open jobs.',
      },
      {
        subject: 'Checklist cannot be signed',
        body: 'The field for the signature does not react on larger phones. The checklist of job {order} could not be closed.',
        reply: 'Please turn the phone until the new version is there; the field is wider then.',
        followUp: 'Turning works, but the customer found it odd.',
        resolution: 'The signature field works with the new version.',
      },
    ],
  },
];
