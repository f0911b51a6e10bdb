/** Topics of every vendor about money: invoices, refunds, credits, contracts. */
import type { TicketTopic } from './ticket-topic.js';

export const commercialTopics: readonly [TicketTopic, ...TicketTopic[]] = [
  {
    product: 'billing',
    priorities: ['normal', 'normal', 'high'],
    cases: [
      {
        subject: 'Invoice {invoice} does not match our usage',
        body: 'Invoice {invoice} shows {amount} for overage, but by our own count we are {count} below the quota. Could you send the list of what was counted?',
        reply: 'We have asked billing for the usage list behind {invoice} and will come back to you tomorrow.',
        followUp: 'The list has {count} rows dated before our contract began. Those cannot be ours.',
        resolution: 'The overage was counted twice. A credit note for {amount} has been issued.',
      },
      {
        subject: 'Charged twice in {month}?',
        body: 'Our bookkeeping found two payments of {amount} on the same day and only one invoice, {invoice}. Please tell us which one is wrong and return it.',
        reply:
          'Thank you. We can see both payments; one of them seems to belong to the period before. We are checking the statement.',
        followUp: 'The period before was paid in December, see the attached receipt. So one payment is still too many.',
        resolution: 'The second payment of {amount} was returned to the card.',
      },
      {
        subject: 'What is "additional usage" on {invoice}?',
        body: 'The line "additional usage" on {invoice} is {amount}. Last month it was nothing at all and we changed nothing. What is it for?',
        reply: 'It is the usage above the quota of your plan on {date}. We attach the daily numbers.',
        followUp:
          'On that day our integration sent everything twice because of an error on your side, see the earlier ticket.',
        resolution: 'The double requests were taken off; {amount} credited to the next invoice.',
      },
    ],
  },
  {
    product: 'billing',
    priorities: ['low', 'normal'],
    cases: [
      {
        subject: 'VAT number missing on our invoices',
        body: 'Since {month} the invoices no longer show our VAT number, so our accountants cannot book {invoice}. The number is still in the settings.',
        reply:
          'The template lost the field. It comes back with the next invoice; for {invoice} we will issue a corrected copy.',
        followUp: 'The corrected copy has the old date. Is that intended?',
        resolution: 'Corrected copy of {invoice} sent; the date has to stay the same.',
      },
      {
        subject: 'Please change the billing address',
        body: 'We have moved. Please put the new address on {invoice} as well; it has not been paid yet because of that.',
        reply: 'Please confirm the exact spelling from the settings page and we will change it today.',
        followUp: 'Confirmed, exactly as in the settings page.',
        resolution: 'New address on {invoice} and from now on.',
      },
      {
        subject: 'Purchase order number on invoices',
        body: 'Our purchasing department needs the order number {order} on every invoice from now on, in the reference field. Is that possible?',
        reply: 'Yes, from the next invoice on. Shall we issue {invoice} again as well?',
        followUp: 'Yes please, otherwise it will not be paid on time.',
        resolution: 'The reference field is filled; {invoice} was issued again.',
      },
    ],
  },
  {
    product: 'billing',
    priorities: ['normal', 'high', 'normal'],
    cases: [
      {
        subject: 'Refund for the yearly subscription',
        body: 'We booked the yearly plan by mistake on {date} and would like our money back, {amount} on {invoice}. Within how many days is that possible?',
        reply: 'We are looking at the date of {invoice} and at the rule for your plan.',
        followUp: 'Your page about refunds names another number of days than your colleague did. Which one holds?',
        resolution: 'Refund of {amount} approved under the policy in force for the plan.',
      },
      {
        subject: 'We cancelled, but were charged',
        body: 'The subscription was cancelled in {month}, and yet {invoice} over {amount} has been charged. We ask for the full amount.',
        reply:
          'The cancellation was received a day after the period began. Please have the billing contact confirm the request.',
        followUp: 'The billing contact confirmed this morning.',
        resolution: 'Confirmed and refunded: {amount} under {invoice}.',
      },
      {
        subject: 'Wrong plan booked, please refund the difference',
        body: 'A colleague chose the wrong plan. We noticed after {count} days. Can the difference of {amount} be refunded or set against the next invoice?',
        reply:
          'A refund depends on the date of the invoice. We are asking a lead whether the difference can be credited.',
        followUp: 'A credit would be fine for us.',
        resolution: 'Outside the refund period; {amount} credited as a gesture, approved by a lead.',
      },
    ],
  },
  {
    product: 'service',
    priorities: ['normal', 'high'],
    cases: [
      {
        subject: 'Service credit for the outage on {date}',
        body: 'On {date} your service was down for us from {time} for more than {count} minutes. Please calculate the credit we are owed.',
        reply: 'The incident counts as downtime. We are calculating its share of the month.',
        followUp: 'Your figure leaves out the first half hour. Our logs are clear about it.',
        resolution: 'Credit granted for the whole time and set against the next invoice.',
      },
      {
        subject: 'Availability in {month} below the target',
        body: 'By our monitoring, availability in {month} was below what you promise, {count} minutes in all. How is the credit calculated, and until when can we claim?',
        reply: 'We will compare your measurements with ours. The rules for credits are attached, with their version.',
        followUp: 'The attached rules changed this month. Which version holds for {month}?',
        resolution: 'Availability was above the target after all; the calculation was sent.',
      },
      {
        subject: 'Does "degraded" count as downtime?',
        body: 'The status page calls {date} "degraded". For us nothing worked for {count} minutes. Does that count towards the service level?',
        reply: 'For your account it does: every request failed between {time} and the end of the incident.',
        followUp: 'Please apply it to the next invoice then.',
        resolution: 'Counted as downtime; the credit is on the next invoice.',
      },
    ],
  },
  {
    product: 'contract',
    priorities: ['low', 'normal'],
    cases: [
      {
        subject: 'Discount for a second year?',
        body: 'We would sign for another year from {soon} if there is something you can do about the price. A competitor offers 15 % less. Who decides about that?',
        reply: 'We have asked the desk that decides about this. Please do not take it as a promise yet.',
        followUp: 'A colleague of yours mentioned 10 % on the phone. Our budget round ends on {soon}.',
        resolution: 'Offer sent by the commercial desk and accepted.',
      },
      {
        subject: 'Moving to another plan',
        body: 'What would change for us on the next higher plan: limits, support times, price? We would move on {soon}.',
        reply: 'Here is a comparison of both plans with your current usage.',
        followUp: 'Does the new refund period apply to the old invoice as well?',
        resolution: 'Plan change booked for {soon}.',
      },
      {
        subject: 'Adding {count} seats for the season',
        body: 'We need {count} more seats from {soon} for seasonal staff, and fewer again afterwards. Can that be booked by the month?',
        reply: 'Seats are booked by the month; you can reduce them with a week of notice.',
        followUp: 'Then please add them, and remind us in time.',
        resolution: 'Seats added from {soon}; reminder set for the end of the season.',
      },
    ],
  },
];
